import { require } from '../errors/index.js';

/** How lists are put in another order than that of the scores. All strengths 0: not at all. */
export interface RerankStrengths {
  /** Off an item's score for being popular, in units of `scaled`. */
  readonly novelty: number;
  /** Off an item's score for being on many users' lists already. */
  readonly coverage: number;
  /** For lists whose types are in the shares of the user's history. */
  readonly calibration: number;
}

export const reranks = ({ novelty, coverage, calibration }: RerankStrengths): boolean =>
  novelty > 0 || coverage > 0 || calibration > 0;

/** The best items of one type for a user, by score. */
export interface TypeCandidates {
  readonly type: number;
  readonly items: ArrayLike<number>;
  readonly scores: ArrayLike<number>;
}

/** What re-ranking knows of the items. */
export interface ItemPenalties {
  /** log(1 + users who had the item), over its standard deviation in the catalogue. */
  readonly popularity: Float64Array;
  /** The same of the users on whose lists it is; null where coverage has no strength. */
  readonly exposure: Float64Array | null;
}

/** log(1 + count) over its standard deviation, so that one unit of strength means the same on any data. */
export function scaled(counts: ArrayLike<number>): Float64Array {
  const logs = Float64Array.from(counts, (count) => Math.log1p(count));
  const mean = logs.reduce((a, b) => a + b, 0) / Math.max(1, logs.length);
  const spread = Math.sqrt(logs.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(1, logs.length));
  return spread > 0 ? logs.map((x) => x / spread) : logs.fill(0);
}

/** How much of a list's shares stands for the target, so that a type it lacks is no infinite loss. */
const SMOOTHING = 0.01;

/** KL(target || shares of a list) in nats, the list's shares smoothed with the target. */
export function divergence(target: readonly number[], counts: readonly number[]): number {
  const total = counts.reduce((a, b) => a + b, 0);
  let sum = 0;
  target.forEach((p, t) => {
    if (p === 0) return;
    const q = (1 - SMOOTHING) * (total === 0 ? p : counts[t]! / total) + SMOOTHING * p;
    sum += p * Math.log(p / q);
  });
  return sum;
}

/**
 * The candidates of a user in their new order, best first:
 *
 *     v_i = (s_i − mean s) / sd s − novelty · popularity_i − coverage · exposure_i
 *
 * with mean and deviation over the user's candidates, so a strength of 1 weighs a deviation of popularity as one of the
 * scores. Within a type the order is that of v. Where there are several types and `target` (their shares in the
 * history) is known, each place goes to the type whose next item has the highest v − calibration · n · KL(target ||
 * shares of the list so far with it), n its length (Steck, Calibrated Recommendations, 2018, greedy): scaled by n,
 * the loss of a wrong type does not fade as the list grows. Ties go to the lower row.
 */
export function rerankList(
  candidates: readonly TypeCandidates[],
  strengths: RerankStrengths,
  { popularity, exposure }: ItemPenalties,
  target: readonly number[] | null,
): Uint32Array {
  require(strengths.coverage === 0 ||
    exposure, 'ERR_VALUE', 'rerank: coverage needs the exposure of the items');
  const all = candidates.flatMap(({ scores }) => Array.from(scores));
  const mean = all.reduce((a, b) => a + b, 0) / Math.max(1, all.length);
  const deviation = Math.sqrt(all.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(1, all.length)) || 1;
  const queues = candidates.map(({ type, items, scores }) => ({
    type,
    next: 0,
    entries: Array.from(items, (item, i) => ({
      item,
      value:
        (scores[i]! - mean) / deviation -
        strengths.novelty * popularity[item]! -
        (exposure === null ? 0 : strengths.coverage * exposure[item]!),
    })).sort((a, b) => b.value - a.value || a.item - b.item),
  }));
  const order = new Uint32Array(all.length);
  const calibrated = strengths.calibration > 0 && target !== null;
  const counts = new Array<number>(1 + Math.max(-1, ...candidates.map(({ type }) => type))).fill(0);
  for (let place = 0; place < order.length; place++) {
    let best: (typeof queues)[number] | undefined;
    let highest = Number.NEGATIVE_INFINITY;
    for (const queue of queues) {
      const head = queue.entries[queue.next];
      if (head === undefined) continue;
      let value = head.value;
      if (calibrated) {
        counts[queue.type]!++;
        value -= strengths.calibration * (place + 1) * divergence(target, counts);
        counts[queue.type]!--;
      }
      const chosen = best?.entries[best.next];
      if (value > highest || (value === highest && chosen !== undefined && head.item < chosen.item)) {
        highest = value;
        best = queue;
      }
    }
    counts[best!.type]!++;
    order[place] = best!.entries[best!.next++]!.item;
  }
  return order;
}

/** The shares of the types among some items, or null where there are none. */
export function typeShares(
  items: ArrayLike<number>,
  typeOf: (item: number) => number,
  types: number,
): number[] | null {
  if (items.length === 0) return null;
  const counts = new Array<number>(types).fill(0);
  for (let i = 0; i < items.length; i++) counts[typeOf(items[i]!)]!++;
  return counts.map((count) => count / items.length);
}
