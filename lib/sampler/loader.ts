import { CohearError, require } from '../errors/index.js';
import { derive } from '../random/index.js';
import { readFanouts } from './arguments.js';
import { type LinkBatchOptions, sampleLinkBatch } from './link-batch.js';
import { balancedEpoch } from './links.js';
import type { GraphSource, LinkBatch, Links } from './types.js';

export interface LinkLoaderOptions extends Omit<LinkBatchOptions, 'step'> {
  /** Where links come from: a graph, of which each epoch draws its links, or given links in their order. */
  readonly supervision: GraphSource | Links;
  /** Links per batch; the last batch may be smaller. */
  readonly batch: number;
  readonly epoch?: number | undefined;
  /** For a graph as supervision: undersample every link type to the rarest; the default. */
  readonly balanced?: boolean | undefined;
  /** For a graph as supervision: at most so many links of each link type. */
  readonly maxPerRelation?: number | undefined;
  /** Batches made ahead of the one in use; 2 unless given. It changes when batches are made, never what is in them. */
  readonly prefetch?: number | undefined;
  /** Ends the loop with ERR_CANCELLED before its next batch. */
  readonly signal?: AbortSignal | undefined;
}

/** A batch of an epoch: number `step` of `steps`. */
export interface LoadedBatch extends LinkBatch {
  readonly step: number;
  readonly steps: number;
}

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
  const { batch, prefetch = 2 } = options;
  require(Number.isInteger(batch) && batch >= 1, 'ERR_RANGE', () =>
    `batch: want a whole number of 1 or more, got ${batch}`);
  require(Number.isInteger(prefetch) && prefetch >= 0 && prefetch <= 64, 'ERR_RANGE', () =>
    `prefetch: want a whole number from 0 to 64, got ${prefetch}`);
  readFanouts(options.fanouts);
  const { supervision } = options;
  if (isLinks(supervision)) {
    require(supervision.anchors.length ===
      supervision.positives?.length, 'ERR_SHAPE', 'supervision: want as many anchors as positives');
  }
  return load(options, prefetch);
}

async function* load(
  options: LinkLoaderOptions,
  prefetch: number,
): AsyncGenerator<LoadedBatch, void, undefined> {
  const { supervision, batch, signal } = options;
  throwIfAborted(signal);
  const links = isLinks(supervision) ? supervision : await balancedEpoch(supervision, options);
  const steps = Math.ceil(links.anchors.length / batch);
  // Steps are counted within an epoch, so every epoch needs a seed of its own.
  const seed = derive(options.seed, `links of epoch ${options.epoch ?? 0}`);
  const start = (step: number): Promise<LinkBatch> => {
    const slice = [step * batch, (step + 1) * batch] as const;
    const made = sampleLinkBatch(
      { anchors: links.anchors.subarray(...slice), positives: links.positives.subarray(...slice) },
      { ...options, seed, step },
    );
    made.catch(() => {}); // the loop hears of it when it gets there; until then it must not count as unhandled
    return made;
  };
  const ahead: Promise<LinkBatch>[] = [];
  let begun = 0;
  try {
    for (let step = 0; step < steps; step++) {
      throwIfAborted(signal);
      const current = ahead.shift() ?? start(begun++);
      while (ahead.length < prefetch && begun < steps) ahead.push(start(begun++));
      const made = await current;
      throwIfAborted(signal);
      yield { ...made, step, steps };
    }
  } finally {
    await Promise.allSettled(ahead);
  }
}

const isLinks = (supervision: GraphSource | Links): supervision is Links =>
  supervision instanceof Object && 'anchors' in supervision;

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new CohearError('ERR_CANCELLED', 'link loading was stopped on request', { cause: signal.reason });
  }
}
