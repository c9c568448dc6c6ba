import { addon } from '../native/index.js';
import type { Seed } from '../random/index.js';
import { handleOf, readFanouts } from './arguments.js';
import { readModes, type SampleModes } from './modes.js';
import { type NegativeSource, readNegativeSource } from './negatives.js';
import type { Fanout, GraphSource, LinkBatch, Links } from './types.js';

export interface LinkBatchOptions extends SampleModes, NegativeSource {
  /** The graph that carries messages; it may be pruned. */
  readonly graph: GraphSource;
  /** The unpruned graph that negatives are rejected against; `graph` unless given. */
  readonly full?: GraphSource | undefined;
  readonly fanouts: readonly Fanout[];
  /** Negatives per link; 1 unless given. */
  readonly negatives?: number | undefined;
  readonly seed: Seed;
  readonly step?: number | undefined;
  /** Leave the batch's own links out of message passing, so that the model cannot read the answer; the default. */
  readonly exclude?: boolean | undefined;
}

const read = (links: Links, options: LinkBatchOptions) =>
  [
    handleOf(options.graph),
    handleOf(options.full ?? options.graph),
    links.anchors,
    links.positives,
    {
      fanouts: readFanouts(options.fanouts),
      negatives: options.negatives ?? 1,
      seed: options.seed,
      step: options.step ?? 0,
      exclude: options.exclude ?? true,
      modes: readModes(options),
      source: readNegativeSource(options),
    },
  ] as const;

/**
 * One step of link training in one call: negatives for `links`, then the message flow of all anchors, positives
 * and negatives. The parts are those of {@link sampleNegatives} and {@link sampleBlocks} under the same seed and
 * step.
 * @throws CohearError ERR_SHAPE, ERR_RANGE, ERR_DTYPE, ERR_VALUE (a detached array), ERR_CLOSED
 */
export async function sampleLinkBatch(links: Links, options: LinkBatchOptions): Promise<LinkBatch> {
  return addon.sampleLinkBatch(...read(links, options));
}

/** {@link sampleLinkBatch} on the calling thread. */
export function sampleLinkBatchSync(links: Links, options: LinkBatchOptions): LinkBatch {
  return addon.sampleLinkBatchSync(...read(links, options));
}
