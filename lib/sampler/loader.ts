import { require } from '../errors/index.js';
import { derive } from '../random/index.js';
import { readFanouts } from './arguments.js';
import { type LinkBatchOptions, sampleLinkBatch } from './link-batch.js';
import { type LinkSource, openEpoch } from './links.js';
import { checkLoader, type PrefetchOptions, prefetched, type Step, throwIfAborted } from './prefetch.js';
import type { GraphSource, LinkBatch, Links } from './types.js';

export interface LinkLoaderOptions extends Omit<LinkBatchOptions, 'step'>, PrefetchOptions {
  /** Where links come from: a graph, of which each epoch draws its links, or given links in their order. */
  readonly supervision: GraphSource | Links;
  /** Links per batch; the last batch may be smaller. */
  readonly batch: number;
  readonly epoch?: number | undefined;
  /** For a graph as supervision: undersample every link type to the rarest; the default. */
  readonly balanced?: boolean | undefined;
  /** For a graph as supervision: at most so many links of each link type. */
  readonly maxPerRelation?: number | undefined;
}

/** A batch of an epoch: number `step` of `steps`. */
export interface LoadedBatch extends LinkBatch, Step {}

/**
 * The batches of one epoch, made ahead on other threads while the caller works on one:
 *
 *     for await (const batch of linkLoader({ graph, full, supervision, batch: 256, fanouts: [15, 10], seed, epoch }))
 *
 * A function of (graphs, options less prefetch): the same batches at any prefetch depth and number of threads.
 * An error reaches the loop once, at the batch it belongs to; leaving the loop early waits for what is under way.
 * @throws CohearError at the call, for a batch or prefetch out of range and bad fan-outs; in the loop, what
 *   {@link balancedEpoch} and {@link sampleLinkBatch} throw, and ERR_CANCELLED
 */
export function linkLoader(options: LinkLoaderOptions): AsyncGenerator<LoadedBatch, void, undefined> {
  checkLoader(options.batch, options);
  readFanouts(options.fanouts);
  const { supervision } = options;
  if (isLinks(supervision)) {
    require(supervision.anchors.length ===
      supervision.positives?.length, 'ERR_SHAPE', 'supervision: want as many anchors as positives');
    const { before } = options;
    require(!(before instanceof Float64Array) ||
      before.length === 1 ||
      before.length ===
        supervision.anchors.length, 'ERR_SHAPE', 'before: want one time for all links or one per link');
  } else {
    require(!(options.before instanceof Float64Array) ||
      options.before.length ===
        1, 'ERR_SHAPE', 'before: links that a graph gives are drawn anew each epoch; want one time for all');
  }
  return load(options);
}

async function* load(options: LinkLoaderOptions): AsyncGenerator<LoadedBatch, void, undefined> {
  const { supervision, batch } = options;
  throwIfAborted(options.signal);
  const source = isLinks(supervision) ? givenLinks(supervision) : await openEpoch(supervision, options);
  // Steps are counted within an epoch, so every epoch needs a seed of its own.
  const seed = derive(options.seed, `links of epoch ${options.epoch ?? 0}`);
  const start = async (step: number): Promise<LinkBatch> => {
    const { before } = options;
    const times =
      before instanceof Float64Array && before.length > 1
        ? before.subarray(step * batch, (step + 1) * batch)
        : before;
    return sampleLinkBatch(await source.next(batch), { ...options, before: times, seed, step });
  };
  try {
    yield* prefetched(Math.ceil(source.size / batch), start, options);
  } finally {
    source.close();
  }
}

function givenLinks({ anchors, positives }: Links): LinkSource {
  let at = 0;
  return {
    size: anchors.length,
    async next(count) {
      const begin = at;
      at += count;
      return { anchors: anchors.subarray(begin, at), positives: positives.subarray(begin, at) };
    },
    close() {},
  };
}

const isLinks = (supervision: GraphSource | Links): supervision is Links =>
  supervision instanceof Object && 'anchors' in supervision;
