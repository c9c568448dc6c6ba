import { addon } from '../native/index.js';
import type { Seed } from '../random/index.js';
import { handleOf } from './arguments.js';
import type { GraphSource, Links, Negatives } from './types.js';

export interface NegativeOptions {
  /** Negatives per pair; 1 unless given. */
  readonly count?: number | undefined;
  readonly seed: Seed;
  readonly step?: number | undefined;
}

const read = (graph: GraphSource, links: Links, options: NegativeOptions) =>
  [
    handleOf(graph),
    links.anchors,
    links.positives,
    { count: options.count ?? 1, seed: options.seed, step: options.step ?? 0 },
  ] as const;

/**
 * Random negatives that are certain to be negatives: uniform among the items of the positive's type that are
 * neither end of the pair nor joined to the anchor, in either direction, in `graph` (give the unpruned one).
 * An anchor that is joined to every such item gets an unchecked one, counted in `exhausted`.
 * @throws CohearError ERR_SHAPE when there are not as many anchors as positives, ERR_RANGE, ERR_DTYPE, ERR_CLOSED
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
