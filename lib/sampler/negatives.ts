import { require } from '../errors/index.js';
import { addon } from '../native/index.js';
import type { NegativeArguments } from '../native/sampler.js';
import type { Seed } from '../random/index.js';
import { handleOf } from './arguments.js';
import type { GraphSource, Links, Negatives } from './types.js';

/** Where negatives come from; always items of the positive's type, and exactly rejected. */
export interface NegativeSource {
  /**
   * `all`: every item alike (the default). `popularity`: in proportion to popularity^alpha, an item's popularity being
   * its users where the graph knows them, else the edges that lead to it. `batch`: the batch's positives, as often
   * as each is there; where none of them will do for an anchor, from all items.
   */
  readonly negativesFrom?: 'all' | 'popularity' | 'batch' | undefined;
  /** For `popularity`; 0.75 unless given. */
  readonly alpha?: number | undefined;
}

export interface NegativeOptions extends NegativeSource {
  /** Negatives per pair; 1 unless given. */
  readonly count?: number | undefined;
  readonly seed: Seed;
  readonly step?: number | undefined;
}

/** The source as the native side takes it: an exponent for popularity alone. */
export function readNegativeSource({
  negativesFrom = 'all',
  alpha = 0.75,
}: NegativeSource): NegativeArguments {
  require(['all', 'popularity', 'batch'].includes(negativesFrom), 'ERR_VALUE', () =>
    `negativesFrom: want all, popularity or batch, got ${negativesFrom}`);
  return { inBatch: negativesFrom === 'batch', alpha: negativesFrom === 'popularity' ? alpha : undefined };
}

const read = (graph: GraphSource, links: Links, options: NegativeOptions) =>
  [
    handleOf(graph),
    links.anchors,
    links.positives,
    {
      count: options.count ?? 1,
      seed: options.seed,
      step: options.step ?? 0,
      source: readNegativeSource(options),
    },
  ] as const;

/**
 * Random negatives that are certain to be negatives: items of the positive's type that are neither end of the pair nor
 * joined to the anchor, in either direction, in `graph` (give the unpruned one). Draws that are no negatives are
 * repeated and counted in `rejected`. An anchor that is joined to every item of the type gets an unchecked one, counted
 * in `exhausted`.
 * @throws CohearError ERR_SHAPE when there are not as many anchors as positives, ERR_RANGE, ERR_VALUE, ERR_DTYPE,
 *   ERR_CLOSED
 */
export async function sampleNegatives(
  graph: GraphSource,
  links: Links,
  options: NegativeOptions,
): Promise<Negatives> {
  return addon.sampleNegatives(...read(graph, links, options));
}

/** {@link sampleNegatives} on the calling thread. */
export function sampleNegativesSync(graph: GraphSource, links: Links, options: NegativeOptions): Negatives {
  return addon.sampleNegativesSync(...read(graph, links, options));
}
