import { require } from '../errors/index.js';
import type { ModeArguments } from '../native/sampler.js';

/**
 * How neighbours are chosen: uniformly and each at most once, unless said. Drawing by score or time prepares tables
 * at its first use of a graph (8 bytes an edge for scores, 12 for times, 32 for both) and keeps them until the graph
 * is closed.
 */
export interface SampleModes {
  /**
   * Draw in proportion to the edges' scores; without replacement, to their share of what is left (the successive
   * sampling of Efraimidis and Spirakis, 2006), exactly. An edge of score 0 is never drawn.
   */
  readonly weighted?: boolean | undefined;
  /** Draw each neighbour independently, so that one may come more than once; -1 still takes each once. */
  readonly replace?: boolean | undefined;
  /** A tree per seed, which shares no node with another and has draws of its own; else seeds share their nodes. */
  readonly disjoint?: boolean | undefined;
  /**
   * The time of the seeds: edges, and nodes, that are not strictly older are not there. One for all or, with
   * `disjoint`, one per seed (per link). An edge is as young as the youngest of its last time and its source's node time.
   */
  readonly before?: number | Float64Array | undefined;
  /** With `before` (Infinity for no limit): the latest neighbours, oldest first, instead of a draw. */
  readonly recent?: boolean | undefined;
}

export function readModes(modes: SampleModes): ModeArguments {
  const { weighted = false, replace = false, disjoint = false, recent = false, before } = modes;
  require(!recent ||
    before !== undefined, 'ERR_VALUE', 'recent: want `before` as well; Infinity for no limit');
  return {
    weighted,
    replace,
    disjoint,
    recent,
    before: typeof before === 'number' ? Float64Array.of(before) : before,
  };
}
