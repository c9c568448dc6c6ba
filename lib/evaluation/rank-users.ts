import type { Catalogue, Histories } from '../events/index.js';
import { seenItems } from './judged.js';
import { type SystemRanks, TOP } from './ranks.js';
import type { Population } from './slices.js';

/**
 * Ranks the judged items of users begin .. end) from their scores (row-major [end - begin, items]) into `into`.
 * Candidates are the items that the user's history lacks. rank = 1 + higher scored + half of the ties; lists
 * hold the highest scored, ties to the smaller row.
 */
export function rankUsers(
  scores: Float32Array,
  begin: number,
  end: number,
  catalogue: Catalogue,
  history: Histories,
  population: Population,
  into: SystemRanks,
): void {
  const n = catalogue.size;
  const types = catalogue.types.length;
  const cold = Uint8Array.from(population.counts, (count) => (count === 0 ? 1 : 0));
  for (let k = begin; k < end; k++) {
    const row = scores.subarray((k - begin) * n, (k - begin + 1) * n);
    const own = Float32Array.from(
      population.item.subarray(population.offsets[k]!, population.offsets[k + 1]!),
      (item) => row[item]!,
    );
    for (const item of seenItems(history, population.users[k]!)) row[item] = Number.NaN; // not a candidate
    for (let j = 0; j < own.length; j++) {
      const p = population.offsets[k]! + j;
      const type = catalogue.typeOf(population.item[p]!);
      const sums = [0, 0, 0, 0];
      for (let t = 0; t < types; t++) {
        let above = 0;
        let ties = 0;
        let coldAbove = 0;
        let coldTies = 0;
        const score = own[j]!;
        for (let i = catalogue.typeOffsets[t]!; i < catalogue.typeOffsets[t + 1]!; i++) {
          const other = row[i]!;
          if (other > score) {
            above++;
            coldAbove += cold[i]!;
          } else if (other === score) {
            ties++;
            coldTies += cold[i]!;
          }
        }
        sums[0]! += above + ties / 2;
        sums[2]! += coldAbove + coldTies / 2;
        if (t === type) [sums[1], sums[3]] = [above + ties / 2, coldAbove + coldTies / 2];
      }
      const isCold = cold[population.item[p]!] === 1;
      for (
        let pool = 0;
        pool < 4;
        pool++ // each counted itself as half a tie
      )
        into.ranks[pool]![p] = pool < 2 || isCold ? 0.5 + sums[pool]! : Number.NaN;
    }
    for (let set = 0; set < into.top.length; set++) {
      const scope = set >> 1;
      const first = scope === 0 ? 0 : catalogue.typeOffsets[scope - 1]!;
      const last = scope === 0 ? n : catalogue.typeOffsets[scope]!;
      best(
        row,
        first,
        last,
        set % 2 === 1 ? cold : undefined,
        into.top[set]!.subarray(k * TOP, (k + 1) * TOP),
      );
    }
  }
}

function best(
  row: Float32Array,
  first: number,
  last: number,
  only: Uint8Array | undefined,
  list: Uint32Array,
): void {
  let size = 0;
  for (let i = first; i < last; i++) {
    const score = row[i]!;
    if (Number.isNaN(score) || (only && only[i] === 0)) continue;
    if (size === TOP && !(score > row[list[TOP - 1]!]!)) continue;
    let at = size < TOP ? size++ : TOP - 1;
    for (; at > 0 && score > row[list[at - 1]!]!; at--) list[at] = list[at - 1]!;
    list[at] = i;
  }
}
