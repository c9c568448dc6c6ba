import type { Catalogue, Histories } from '../../events/index.js';
import { seenItems } from '../judged.js';
import {
  type ItemPenalties,
  type RerankStrengths,
  rerankList,
  type TypeCandidates,
  typeShares,
} from '../rerank.js';
import type { Recommender } from '../types.js';

export interface RerankedOptions extends RerankStrengths {
  readonly name: string;
  readonly catalogue: Catalogue;
  readonly history: Histories;
  readonly penalties: ItemPenalties;
  /** Best items per type that are put in order anew; what comes after them stays as it is. */
  readonly window: number;
}

/** The best `k` of the rows begin .. end) by score, ties to the lower row, seen ones left out. */
function best(
  scores: Float32Array,
  begin: number,
  end: number,
  seen: ReadonlySet<number>,
  k: number,
): number[] {
  const found: number[] = []; // ascending in rank; short, so insertion is quick
  for (let item = begin; item < end; item++) {
    const score = scores[item]!;
    if (found.length === k && score <= scores[found[k - 1]!]!) continue;
    if (seen.has(item)) continue;
    let low = 0;
    let high = found.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (scores[found[middle]!]! >= score) low = middle + 1;
      else high = middle;
    }
    found.splice(low, 0, item);
    if (found.length > k) found.pop();
  }
  return found;
}

/** The best candidates of each type for a user. */
function candidatesOf(
  scores: Float32Array,
  user: number,
  k: number,
  { catalogue, history }: Pick<RerankedOptions, 'catalogue' | 'history'>,
): TypeCandidates[] {
  const seen = new Set(seenItems(history, user));
  return catalogue.types.map((_, type) => {
    const items = best(scores, catalogue.typeOffsets[type]!, catalogue.typeOffsets[type + 1]!, seen, k);
    return { type, items, scores: items.map((item) => scores[item]!) };
  });
}

/**
 * A system whose best items per type are put in another order (`rerankList`): they come before all others, which stay
 * in the order of the system. Scores are places, so they say nothing of how much better one is.
 */
export function reranked(system: Recommender, options: RerankedOptions): Recommender {
  const { name, catalogue, history, penalties, window } = options;
  const n = catalogue.size;
  return {
    name,
    async score(users, out) {
      await system.score(users, out);
      users.forEach((user, k) => {
        const scores = out.subarray(k * n, (k + 1) * n);
        const target = typeShares(
          seenItems(history, user),
          (item) => catalogue.typeOf(item),
          catalogue.types.length,
        );
        const order = rerankList(candidatesOf(scores, user, window, options), options, penalties, target);
        const highest = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
        const step = Math.max(1, Math.abs(highest) * 1e-5); // apart in single precision
        order.forEach((item, place) => {
          scores[item] = highest + step * (order.length - place);
        });
      });
    },
  };
}

/** On how many of the users' lists of `k` items (of all types) each item is. */
export async function exposures(
  system: Recommender,
  users: Uint32Array,
  {
    catalogue,
    history,
    k = 10,
    batch = 256,
  }: Pick<RerankedOptions, 'catalogue' | 'history'> & { readonly k?: number; readonly batch?: number },
): Promise<Uint32Array> {
  const n = catalogue.size;
  const counts = new Uint32Array(n);
  const size = Math.max(1, Math.min(batch, Math.floor((1 << 24) / n)));
  const buffer = new Float32Array(new SharedArrayBuffer(Math.min(size, Math.max(1, users.length)) * n * 4));
  for (let begin = 0; begin < users.length; begin += size) {
    const some = users.subarray(begin, Math.min(begin + size, users.length));
    const scores = buffer.subarray(0, some.length * n);
    await system.score(some, scores);
    some.forEach((user, i) => {
      const row = scores.subarray(i * n, (i + 1) * n);
      for (const item of best(row, 0, n, new Set(seenItems(history, user)), k)) counts[item]!++;
    });
  }
  return counts;
}
