/** Reciprocal ranks beyond this one count as 0. */
const MRR_DEPTH = 100;

const IDEAL = [0];
for (let i = 1; i <= 10; i++) IDEAL.push(IDEAL[i - 1]! + 1 / Math.log2(1 + i));

/**
 * A user's metrics from the ranks of their judged items, in the order of METRICS: whether any rank is <= 10;
 * 1 / best rank (0 beyond 100); the sum of 1 / log2(1 + rank) over ranks <= 10, divided by what ranks 1, 2, ...
 * would give; the share of ranks <= 20. Ranks are 1 + higher scored + half of the ties, so a multiple of 1/2.
 */
export function userMetrics(ranks: ArrayLike<number>, out: Float64Array, at: number): void {
  let best = Number.POSITIVE_INFINITY;
  let gain = 0;
  let found = 0;
  for (let i = 0; i < ranks.length; i++) {
    const rank = ranks[i]!;
    if (rank < best) best = rank;
    if (rank <= 10) gain += 1 / Math.log2(1 + rank);
    if (rank <= 20) found++;
  }
  out[at] = best <= 10 ? 1 : 0;
  out[at + 1] = best <= MRR_DEPTH ? 1 / best : 0;
  out[at + 2] = gain / IDEAL[Math.min(ranks.length, 10)]!;
  out[at + 3] = found / ranks.length;
}
