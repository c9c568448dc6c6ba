import type { EdgeScore, PruneArguments } from '../native/graph.js';
import { addon } from '../native/index.js';
import { ItemGraph, requireGraph } from './item-graph.js';

export interface PruneOptions {
  /**
   * Strength of an edge of c shared users between items of n_i and n_j users, of N users in all
   * (default 'damped'):
   * - count   c
   * - cosine  c / √(n_i n_j)
   * - damped  c / (√(n_i n_j) + damping): cosine with shrinkage
   * - pmi     max(0, log(c N / (n_i n_j)))
   */
  readonly score?: EdgeScore | undefined;
  /** Used by 'damped' alone (default 20). */
  readonly damping?: number | undefined;
  /** Strongest neighbours kept per destination node and relation, ties to the lower row (default 0 = all). */
  readonly topK?: number | undefined;
}

/** The options with their defaults, as the native module takes them. */
export const pruneArguments = ({
  score = 'damped',
  damping = 20,
  topK = 0,
}: PruneOptions): PruneArguments => ({
  score,
  damping,
  topK,
});

/**
 * The graph with scores on its edges, every row cut to its strongest neighbours. The given graph stays.
 * With topK the result is no longer symmetric: an edge may be kept at one of its ends only.
 * @throws CohearError ERR_VALUE when the graph lacks what the score is made from, or the score is unknown;
 *   ERR_RANGE when topK or damping is negative or no number
 */
export async function prune(graph: ItemGraph, options: PruneOptions = {}): Promise<ItemGraph> {
  requireGraph(graph);
  return new ItemGraph(await addon.pruneGraph(graph.handle, pruneArguments(options)));
}
