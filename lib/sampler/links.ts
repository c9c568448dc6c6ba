import type { GraphHandle } from '../native/graph.js';
import { addon } from '../native/index.js';
import type { LinkArrays } from '../native/sampler.js';
import type { Seed } from '../random/index.js';
import { handleOf } from './arguments.js';
import type { GraphSource, Links } from './types.js';

export interface SplitOptions {
  /** Share of the undirected pairs that go to validation, from 0 to below 1. */
  readonly fraction: number;
  readonly seed: Seed;
}

export interface EdgeSplit {
  /** The graph without the validation pairs, in both directions; counts, scores and times kept. */
  readonly train: GraphHandle;
  /** Each pair once; who is the anchor is drawn evenly. */
  readonly validation: Links;
}

const splitOf = ({ train, anchors, positives }: LinkArrays & { train: GraphHandle }): EdgeSplit => ({
  train,
  validation: { anchors, positives },
});

/**
 * Keeps a share of the undirected pairs aside. Whether a pair goes to validation depends on (seed, its two rows)
 * alone: the graph's two directions always agree, and a pair stays on its side when others come and go.
 * @throws CohearError ERR_RANGE for a fraction outside [0, 1), ERR_DTYPE, ERR_CLOSED
 */
export async function splitEdges(graph: GraphSource, options: SplitOptions): Promise<EdgeSplit> {
  return splitOf(await addon.splitEdges(handleOf(graph), options.fraction, options.seed));
}

/** {@link splitEdges} on the calling thread. */
export function splitEdgesSync(graph: GraphSource, options: SplitOptions): EdgeSplit {
  return splitOf(addon.splitEdgesSync(handleOf(graph), options.fraction, options.seed));
}

export interface EpochOptions {
  readonly seed: Seed;
  /** Which epoch: each draws anew. 0 unless given. */
  readonly epoch?: number | undefined;
  /** Undersample every link type to the rarest (the default), or take all pairs. */
  readonly balanced?: boolean | undefined;
  /** At most so many pairs of each link type. */
  readonly maxPerRelation?: number | undefined;
}

/** An unordered pair of item types (low <= high), with its number of pairs and how many an epoch took. */
export interface LinkType {
  readonly low: number;
  readonly high: number;
  readonly pairs: number;
  readonly taken: number;
}

export interface EpochLinks extends Links {
  /** Per link: index into `types`. */
  readonly relations: Uint32Array;
  readonly types: readonly LinkType[];
}

const epochOf = (options: EpochOptions) => ({
  seed: options.seed,
  epoch: options.epoch ?? 0,
  balanced: options.balanced ?? true,
  maxPerRelation: options.maxPerRelation,
});

/**
 * The supervision links of one epoch, shuffled: the balanced multi-link sampler of arXiv 2403.05185. Every
 * unordered pair of types that has links at all gives as many as the rarest one, a fresh uniform draw without
 * replacement per epoch. A link of the graph counts once whether the graph holds one direction of it or both;
 * which end is the anchor is drawn evenly per epoch.
 * @throws CohearError ERR_RANGE, ERR_DTYPE, ERR_CLOSED
 */
export async function balancedEpoch(graph: GraphSource, options: EpochOptions): Promise<EpochLinks> {
  return addon.balancedEpoch(handleOf(graph), epochOf(options));
}

/** {@link balancedEpoch} on the calling thread. */
export function balancedEpochSync(graph: GraphSource, options: EpochOptions): EpochLinks {
  return addon.balancedEpochSync(handleOf(graph), epochOf(options));
}

/** The links of an epoch in their order, made as they are asked for: {@link balancedEpoch} in parts. */
export interface LinkSource {
  /** How many there are. */
  readonly size: number;
  /** The next `count` of them, fewer at the end. May be called before the last call has ended. */
  next(count: number): Promise<Links>;
  close(): void;
}

/** Holds a place in the order of each link type's edges and nothing else, however many links there are. */
export async function openEpoch(graph: GraphSource, options: EpochOptions): Promise<LinkSource> {
  const { handle, size } = await addon.openEpoch(handleOf(graph), epochOf(options));
  let last: Promise<unknown> = Promise.resolve();
  return {
    size,
    next(count) {
      const links = last.then(() => addon.nextLinks(handle, count));
      last = links.catch(() => {}); // the caller hears of it
      return links;
    },
    close: () => handle.close(),
  };
}
