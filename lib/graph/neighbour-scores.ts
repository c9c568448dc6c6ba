import { addon } from '../native/index.js';
import { type ItemGraph, requireGraph } from './item-graph.js';

/** Histories of a batch of users: user b has the events offsets[b] .. offsets[b + 1]). */
export interface NeighbourBatch {
  readonly offsets: BigUint64Array;
  readonly items: Uint32Array;
  /** Weight of each event, for instance by recency; 1 each where left out. */
  readonly weights?: Float32Array | undefined;
}

/**
 * What the items of a history say of every item (ItemKNN): out[b, i] += Σ_j w_j · score(j → i) over the events
 * (j, w_j) of user b, added in their order. A graph pruned to k neighbours per item by 'cosine' gives the
 * classical scorer, by 'damped' the one with shrinkage.
 *
 * @param graph with scores: prune() makes them
 * @param out row-major [users, graph.nodes], added to
 * @throws CohearError ERR_VALUE for a graph without scores or a weight that is not finite, ERR_RANGE for an
 *   item outside the graph, ERR_SHAPE for arrays that do not fit each other
 */
export async function neighbourScores(
  graph: ItemGraph,
  batch: NeighbourBatch,
  out: Float32Array,
): Promise<Float32Array> {
  requireGraph(graph);
  const { offsets, items, weights = new Float32Array(items.length).fill(1) } = batch;
  addon.neighbourScores(await graph.bySource(), offsets, items, weights, out);
  return out;
}
