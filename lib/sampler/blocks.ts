import { addon } from '../native/index.js';
import type { Seed } from '../random/index.js';
import { handleOf, readFanouts } from './arguments.js';
import { readModes, type SampleModes } from './modes.js';
import type { Blocks, Fanout, GraphSource, Links } from './types.js';

export interface SampleOptions extends SampleModes {
  /** One entry per hop, the first from the seeds. */
  readonly fanouts: readonly Fanout[];
  /** A whole number from 0 to 2^53 - 1, or a bigint to 2^64 - 1. */
  readonly seed: Seed;
  /** Which draw of this seed, so that each training step samples anew; 0 unless given. */
  readonly step?: number | undefined;
  /** Pairs left out of message passing in this call, in both directions. */
  readonly exclude?: Links | undefined;
}

const read = (graph: GraphSource, seeds: Uint32Array, options: SampleOptions) =>
  [
    handleOf(graph),
    seeds,
    {
      fanouts: readFanouts(options.fanouts),
      seed: options.seed,
      step: options.step ?? 0,
      exclude: options.exclude,
      modes: readModes(options),
    },
  ] as const;

/**
 * Samples the neighbourhoods of `seeds` (catalogue rows of any types; repeats share a node), hop by hop.
 *
 * In every hop each node known so far draws, in every relation, min(fan-out, neighbours) of its neighbours
 * uniformly without replacement (Floyd's method), less the excluded ones; {@link SampleModes} has the other ways.
 * A draw depends on (seed, step, hop, relation, node) alone, and on the seed's number where trees are disjoint, so
 * the result is the same at any number of threads.
 * @throws CohearError ERR_RANGE (a row or fan-out out of range), ERR_SHAPE (a wrong number of fan-outs or times),
 *   ERR_VALUE (a detached array, options that contradict each other, scores or times that the graph lacks),
 *   ERR_DTYPE, ERR_CLOSED
 */
export async function sampleBlocks(
  graph: GraphSource,
  seeds: Uint32Array,
  options: SampleOptions,
): Promise<Blocks> {
  return addon.sampleBlocks(...read(graph, seeds, options));
}

/** {@link sampleBlocks} on the calling thread. */
export function sampleBlocksSync(graph: GraphSource, seeds: Uint32Array, options: SampleOptions): Blocks {
  return addon.sampleBlocksSync(...read(graph, seeds, options));
}
