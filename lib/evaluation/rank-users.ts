import type { Catalogue } from '../events/index.js';
import { NO_ROW, type RowLists, rankJudged } from '../retrieval/index.js';
import type { Population } from './slices.js';

/** What one system's scores say of every judged pair and user. */
export interface SystemRanks {
  /**
   * [pool][pairs]: rank of each judged pair, pools being 0: all types, 1: its type, 2: the cold items of all
   * types, 3: the cold items of its type (2 and 3 are NaN for items that are not cold).
   */
  readonly ranks: readonly Float64Array[];
  /**
   * [candidate set][users x depth]: the best items of each user, NO_ROW past the end; set 2 s is scope s (0: all
   * types, t + 1: type t), 2 s + 1 its cold items.
   */
  readonly top: readonly Uint32Array[];
  /** Length of the lists. */
  readonly depth: number;
}

export function emptyRanks(catalogue: Catalogue, population: Population, depth: number): SystemRanks {
  const sets = 2 * (catalogue.types.length + 1);
  return {
    ranks: Array.from({ length: 4 }, () => new Float64Array(population.item.length).fill(Number.NaN)),
    top: Array.from({ length: sets }, () => new Uint32Array(population.users.length * depth).fill(NO_ROW)),
    depth,
  };
}

/**
 * Ranks the judged items of users begin .. end) from their scores (row-major [end - begin, items]) in every
 * candidate set, into `into`. The sets differ in size and the pass over the scores is the cost, so each is a
 * call of its own.
 */
export async function rankUsers(
  scores: Float32Array,
  begin: number,
  end: number,
  catalogue: Catalogue,
  population: Population,
  into: SystemRanks,
): Promise<void> {
  const excluded = part({ offsets: population.seenOffsets, rows: population.seen }, begin, end);
  const judged = part({ offsets: population.offsets, rows: population.item }, begin, end);
  const firstPair = Number(population.offsets[begin]!);
  for (let set = 0; set < into.top.length; set++) {
    const type = (set >> 1) - 1;
    const cold = set % 2 === 1;
    const range: [number, number] =
      type < 0 ? [0, catalogue.size] : [catalogue.typeOffsets[type]!, catalogue.typeOffsets[type + 1]!];
    const candidates = cold ? population.cold : undefined;
    const { ranks, top } = await rankJudged({
      scores,
      size: catalogue.size,
      excluded,
      judged,
      range,
      candidates,
      k: into.depth,
    });
    into.top[set]!.set(top, begin * into.depth);
    const pool = into.ranks[(cold ? 2 : 0) + (type < 0 ? 0 : 1)]!;
    for (let p = 0; p < ranks.length; p++) if (!Number.isNaN(ranks[p]!)) pool[firstPair + p] = ranks[p]!;
  }
}

/** Lists begin .. end) with offsets of their own. */
function part({ offsets, rows }: RowLists, begin: number, end: number): RowLists {
  const first = offsets[begin]!;
  return {
    offsets: offsets.slice(begin, end + 1).map((offset) => offset - first),
    rows: rows.subarray(Number(first), Number(offsets[end]!)),
  };
}
