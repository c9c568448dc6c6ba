import { require } from '../errors/index.js';

/** Reciprocal ranks beyond this one count as 0. */
const MRR_DEPTH = 100;

/** A metric that is a function of the ranks of a user's judged items; the figure is its mean over users. */
export type RankMetric = (ranks: ArrayLike<number>) => number;

const within = (ranks: ArrayLike<number>, k: number): number => {
  let found = 0;
  for (let i = 0; i < ranks.length; i++) if (ranks[i]! <= k) found++;
  return found;
};

const best = (ranks: ArrayLike<number>): number => {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < ranks.length; i++) if (ranks[i]! < least) least = ranks[i]!;
  return least;
};

/** 1 / log2(1 + rank) over ranks <= k, over what the ranks 1, 2, ... would give. */
function ndcg(k: number): RankMetric {
  const ideal = [0];
  for (let i = 1; i <= k; i++) ideal.push(ideal[i - 1]! + 1 / Math.log2(1 + i));
  return (ranks) => {
    let gain = 0;
    for (let i = 0; i < ranks.length; i++) if (ranks[i]! <= k) gain += 1 / Math.log2(1 + ranks[i]!);
    return gain / ideal[Math.min(ranks.length, k)]!;
  };
}

/** Mean over the judged items of (judged items ranked as high) / rank, 0 beyond k, over min(judged, k). */
const averagePrecision =
  (k: number): RankMetric =>
  (ranks) => {
    const sorted = Float64Array.from(ranks).sort();
    let sum = 0;
    for (let i = 0; i < sorted.length && sorted[i]! <= k; i++) sum += (i + 1) / sorted[i]!;
    return sum / Math.min(ranks.length, k);
  };

const AT_K: Readonly<Record<string, (k: number) => RankMetric>> = {
  hr: (k) => (ranks) => (best(ranks) <= k ? 1 : 0),
  ndcg,
  recall: (k) => (ranks) => within(ranks, k) / ranks.length,
  precision: (k) => (ranks) => within(ranks, k) / k,
  map: averagePrecision,
};

/** Names of metrics that {@link rankMetric} knows: mrr, and hr, ndcg, recall, precision and map at any depth. */
export const RANK_METRIC = /^(?:mrr|(hr|ndcg|recall|precision|map)@([1-9]\d{0,3}))$/;

/** Names of metrics of the lists themselves, at any depth up to 100. */
export const LIST_METRIC = /^(coverage|novelty|popularity|diversity|calibration)@([1-9]\d?|100)$/;

/**
 * The metric of a name: "hr@10" (1 if any rank is <= 10), "mrr" (1 / best rank, 0 beyond 100), "ndcg@10",
 * "recall@20" (share of ranks <= 20), "precision@10", "map@10". Ranks are 1 + higher scored + half of the ties, so
 * multiples of 1/2.
 * @throws CohearError ERR_VALUE for a name that is none
 */
export function rankMetric(name: string): RankMetric {
  const match = RANK_METRIC.exec(name);
  require(match, 'ERR_VALUE', () =>
    `no metric "${name}": want mrr, or hr, ndcg, recall, precision or map with a depth, such as ndcg@10`);
  if (match[1] === undefined) return (ranks) => (best(ranks) <= MRR_DEPTH ? 1 / best(ranks) : 0);
  return AT_K[match[1]]!(Number(match[2]));
}
