import { require } from '../errors/index.js';
import { addon } from '../native/index.js';
import { derive } from '../random/index.js';
import { readFanouts } from './arguments.js';
import { type SampleOptions, sampleBlocks } from './blocks.js';
import { checkLoader, type PrefetchOptions, prefetched, type Step } from './prefetch.js';
import type { Blocks, GraphSource } from './types.js';

export interface NeighborLoaderOptions extends Omit<SampleOptions, 'step'>, PrefetchOptions {
  readonly graph: GraphSource;
  /** Catalogue rows to make batches of. */
  readonly seeds: Uint32Array;
  /** Seeds per batch; the last batch may be smaller. */
  readonly batch: number;
  /** Take the seeds in another random order each epoch; else in their own. */
  readonly shuffle?: boolean | undefined;
  readonly epoch?: number | undefined;
}

/** A batch of an epoch: number `step` of `steps`. */
export interface LoadedBlocks extends Blocks, Step {
  /** The batch's seeds, parallel to seedPositions. */
  readonly seeds: Uint32Array;
  /** Where each of them stands in the loader's seeds: its label has the same number. */
  readonly order: Uint32Array;
}

/**
 * The neighbourhoods of all seeds, batch by batch, made ahead on other threads while the caller works on one:
 *
 *     for await (const batch of neighborLoader({ graph, seeds, batch: 1024, fanouts: [15, 10], seed, epoch, shuffle: true }))
 *
 * A function of (graph, options less prefetch): the same batches at any prefetch depth and number of threads.
 * An error reaches the loop once, at the batch it belongs to; leaving the loop early waits for what is under way.
 * @throws CohearError at the call, for a batch or prefetch out of range and bad fan-outs; in the loop, what
 *   {@link sampleBlocks} throws, and ERR_CANCELLED
 */
export function neighborLoader(
  options: NeighborLoaderOptions,
): AsyncGenerator<LoadedBlocks, void, undefined> {
  const { graph, seeds, batch, shuffle = false, epoch = 0 } = options;
  checkLoader(batch, options);
  readFanouts(options.fanouts);
  require(seeds instanceof Uint32Array, 'ERR_DTYPE', 'seeds: want a Uint32Array of catalogue rows');
  const { before } = options;
  require(!(before instanceof Float64Array) ||
    before.length === 1 ||
    before.length === seeds.length, 'ERR_SHAPE', () =>
    `before: ${(before as Float64Array).length} times for ${seeds.length} seeds; want one for all or one per seed`);
  const order = shuffle ? addon.shuffledOrder(seeds.length, options.seed, epoch) : undefined;
  // Steps are counted within an epoch, so every epoch needs a seed of its own.
  const seed = derive(options.seed, `neighbours of epoch ${epoch}`);
  const start = async (step: number) => {
    const [begin, end] = [step * batch, Math.min(seeds.length, (step + 1) * batch)];
    const taken = order?.slice(begin, end) ?? Uint32Array.from({ length: end - begin }, (_, i) => begin + i);
    const own = order ? taken.map((i) => seeds[i]!) : seeds.slice(begin, end);
    const before = options.before instanceof Float64Array ? pick(options.before, taken) : options.before;
    const blocks = await sampleBlocks(graph, own, { ...options, before, seed, step });
    return { ...blocks, seeds: own, order: taken };
  };
  return prefetched(Math.ceil(seeds.length / batch), start, options);
}

/** Of one time per seed those of a batch. */
const pick = (times: Float64Array, order: Uint32Array): Float64Array =>
  times.length === 1 ? times : Float64Array.from(order, (i) => times[i]!);
