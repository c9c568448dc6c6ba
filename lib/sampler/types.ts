import type { GraphHandle } from '../native/graph.js';

/** A graph to sample from: a native handle, or anything that carries one. */
export type GraphSource = GraphHandle | { readonly handle: GraphHandle };

/**
 * Neighbours drawn per node in one hop: one number for every relation, or one per relation of the graph, in its
 * order (by source type, then destination type). -1 takes all neighbours, 0 none.
 */
export type Fanout = number | readonly number[];

/** Undirected pairs of catalogue rows, {anchors[i], positives[i]}. */
export interface Links {
  readonly anchors: Uint32Array;
  readonly positives: Uint32Array;
}

/**
 * The sampled edges of one hop and relation (source type s, destination type d): the node at position v of type
 * d's list receives from the positions indices[offsets[v] .. offsets[v + 1]) of type s's list.
 */
export interface Block {
  /** counts[hop][d] + 1 */
  readonly offsets: BigUint64Array;
  /** Each below counts[hop + 1][s]. */
  readonly indices: Uint32Array;
}

/** Message-flow blocks: what a network of as many layers as hops reads, the deepest layer from the last hop. */
export interface MessageFlow {
  /**
   * Per type: catalogue rows, unique (with `disjoint` within a tree), in order of first appearance. The first counts[hop][type] of them are the
   * nodes known after `hop` hops, so every layer's nodes are a prefix of the next one's.
   */
  readonly nodes: readonly Uint32Array[];
  /** counts[hop][type], hops + 1 rows; counts[0] are the seeds. */
  readonly counts: readonly Uint32Array[];
  /** blocks[hop][relation] */
  readonly blocks: readonly (readonly Block[])[];
  /** With `disjoint`, per type and parallel to nodes: the number of the seed whose tree a node is of. */
  readonly trees?: readonly Uint32Array[];
}

export interface Blocks extends MessageFlow {
  /** For each requested seed its position in the concatenation over types of the first counts[0][type] nodes. */
  readonly seedPositions: Uint32Array;
}

export interface Negatives {
  /** [pairs, count], row-major. */
  readonly negatives: Uint32Array;
  /** Draws thrown away because they were no negatives. */
  readonly rejected: number;
  /** Negatives that are not certain to be any, because their anchor is joined to all items of the type. */
  readonly exhausted: number;
}

/** A batch of links with its negatives and the message flow of all their ends. */
export interface LinkBatch extends MessageFlow, Links, Negatives {
  /**
   * Where each end stands in the concatenation over types of the first counts[0][type] nodes: parallel to
   * anchors, positives and negatives.
   */
  readonly anchorPositions: Uint32Array;
  readonly positivePositions: Uint32Array;
  readonly negativePositions: Uint32Array;
}
