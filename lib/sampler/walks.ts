import { addon } from '../native/index.js';
import type { Seed } from '../random/index.js';
import { handleOf } from './arguments.js';
import type { GraphSource } from './types.js';

export interface WalkOptions {
  /** Walks from each seed; 100 unless given. */
  readonly walks?: number | undefined;
  /** Steps of a walk at most; 8 unless given. */
  readonly length?: number | undefined;
  /** Chance to end a walk after each step; 0.3 unless given. */
  readonly restart?: number | undefined;
  /** Nodes kept per seed and item type, the most visited; 20 unless given, 0 for all. */
  readonly top?: number | undefined;
  /** Step in proportion to the edges' scores; else to all neighbours of a node alike. */
  readonly weighted?: boolean | undefined;
  /** Walk only along edges, and to nodes, that are strictly older: one time for all seeds or one each. */
  readonly before?: number | Float64Array | undefined;
  readonly seed: Seed;
  readonly step?: number | undefined;
}

/** Of one item type, a list per seed: nodes[offsets[i] .. offsets[i + 1]), most visited first, then by row. */
export interface VisitedNodes {
  /** seeds + 1 */
  readonly offsets: BigUint64Array;
  /** Catalogue rows. */
  readonly nodes: Uint32Array;
  /** How many steps of the seed's walks ended there; divided by their sum, the weights of importance pooling. */
  readonly visits: Uint32Array;
}

const read = (graph: GraphSource, seeds: Uint32Array, options: WalkOptions) => {
  const {
    walks = 100,
    length = 8,
    restart = 0.3,
    top = 20,
    weighted = false,
    before,
    seed,
    step = 0,
  } = options;
  const times = typeof before === 'number' ? Float64Array.of(before) : before;
  return [
    handleOf(graph),
    seeds,
    { walks, length, restart, top, weighted, before: times, seed, step },
  ] as const;
};

/**
 * Importance neighbours (PinSage, KDD 2018): the nodes that short random walks from a seed visit most often, per item
 * type. Visits tend to walks × Σ_{s=1..length} (1 − restart)^(s−1) · P(at the node after s steps), the personalised
 * PageRank of the seed cut at `length`; the seed's own visits do not count. A draw depends on (seed, step, seed node,
 * walk, step of the walk) alone, so the result is the same at any number of threads.
 * @returns one entry per item type
 * @throws CohearError ERR_RANGE, ERR_SHAPE (neither one time nor one per seed), ERR_VALUE (scores or times that the
 *   graph lacks, a detached array), ERR_DTYPE, ERR_CLOSED
 */
export async function importanceNeighbors(
  graph: GraphSource,
  seeds: Uint32Array,
  options: WalkOptions,
): Promise<VisitedNodes[]> {
  return addon.importanceNeighbors(...read(graph, seeds, options));
}

/** {@link importanceNeighbors} on the calling thread. */
export function importanceNeighborsSync(
  graph: GraphSource,
  seeds: Uint32Array,
  options: WalkOptions,
): VisitedNodes[] {
  return addon.importanceNeighborsSync(...read(graph, seeds, options));
}
