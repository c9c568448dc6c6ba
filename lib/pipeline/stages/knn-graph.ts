import { type Dataset, type Histories, histories } from '../../events/index.js';
import { buildItemGraph, type ItemGraph, prune } from '../../graph/index.js';
import type { Config } from '../config/index.js';
import { withoutPairs } from './graph.js';

/**
 * The graph of item-knn: each item's nearest by the cosine with shrinkage,
 *
 *     c_ij / (√(n_i n_j) + shrinkage),   c_ij = Σ over users of both of w_u,  n_i = Σ over users of i of w_u
 *
 * where w_u is 1, or 1 / the items that u took.
 * @param full the graph of shared users that was known at the cut
 */
export async function knnGraph(
  { log, users, catalogue }: Dataset,
  full: ItemGraph,
  { knn, graph }: Pick<Config, 'knn' | 'graph'>,
): Promise<ItemGraph> {
  const nearest = { score: 'damped', damping: knn.shrinkage, topK: knn.neighbours } as const;
  if (knn.userWeights === 'equal') return prune(full, nearest);
  const taken = histories(log, users.size, { strongOnly: true });
  const whole = await buildItemGraph(taken, catalogue, {
    maxHistory: graph.maxHistory ?? 0,
    minCount: graph.minCount,
    weights: inverseWeights(taken),
    prune: nearest,
  });
  return withoutPairs(whole, catalogue, graph.without);
}

/** 1 / √(distinct items of the user) for each event: a pair of them then has 1 / items. */
function inverseWeights({ users, offsets, item }: Histories): Float32Array {
  const weights = new Float32Array(item.length);
  for (let u = 0; u < users; u++) {
    const [begin, end] = [Number(offsets[u]), Number(offsets[u + 1])];
    weights.fill(1 / Math.sqrt(new Set(item.subarray(begin, end)).size), begin, end);
  }
  return weights;
}
