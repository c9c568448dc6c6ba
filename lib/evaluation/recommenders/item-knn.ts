import { require } from '../../errors/index.js';
import type { Histories } from '../../events/index.js';
import { type ItemGraph, neighbourScores } from '../../graph/index.js';
import type { Recommender } from '../types.js';

const DAY = 86_400;

export interface ItemKnnOptions {
  /** Item graph with scores, pruned to the neighbours that count. */
  readonly graph: ItemGraph;
  /** What each user has taken. */
  readonly history: Histories;
  /** An item's weight halves with every so many days between its last event and the user's last. Default: all 1. */
  readonly halfLifeDays?: number;
}

/**
 * Scores item i for user u by sum_j w_uj score(j -> i) over the items j of u's history, each once: item-based
 * collaborative filtering. Users without history, and items without neighbours among it, score 0.
 * @throws CohearError ERR_RANGE for a half-life not above 0; when scoring, what `neighbourScores` throws
 */
export function itemKnn({ graph, history, halfLifeDays }: ItemKnnOptions): Recommender {
  require(halfLifeDays === undefined || halfLifeDays > 0, 'ERR_RANGE', () =>
    `want halfLifeDays > 0, got ${halfLifeDays}`);
  return {
    name: 'item-knn',
    async score(users, out) {
      const offsets = new BigUint64Array(users.length + 1);
      const items: number[] = [];
      const weights: number[] = [];
      users.forEach((user, k) => {
        const [begin, end] = [Number(history.offsets[user]!), Number(history.offsets[user + 1]!)];
        const taken = new Set<number>();
        for (let e = end - 1; e >= begin; e--) {
          const item = history.item[e]!;
          if (taken.has(item)) continue;
          taken.add(item);
          items.push(item);
          const age = history.time[end - 1]! - history.time[e]!;
          weights.push(halfLifeDays === undefined ? 1 : 2 ** (-age / (halfLifeDays * DAY)));
        }
        offsets[k + 1] = BigInt(items.length);
      });
      out.fill(0); // neighbourScores adds
      const batch = { offsets, items: Uint32Array.from(items), weights: Float32Array.from(weights) };
      await neighbourScores(graph, batch, out);
    },
  };
}
