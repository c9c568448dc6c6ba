import type { GraphHandle } from './graph.js';

/** Arrays of one sampled relation and hop: a CSR over destination positions. */
export interface BlockArrays {
  readonly offsets: BigUint64Array;
  readonly indices: Uint32Array;
}

export interface BlocksArrays {
  readonly nodes: Uint32Array[];
  readonly counts: Uint32Array[];
  readonly blocks: BlockArrays[][];
  /** Where trees are disjoint. */
  readonly trees?: Uint32Array[];
}

/** Where negatives come from: all items alike, the batch's positives, or by popularity to a power. */
export interface NegativeArguments {
  readonly inBatch: boolean;
  readonly alpha?: number | undefined;
}

export interface VisitArrays {
  readonly offsets: BigUint64Array;
  readonly nodes: Uint32Array;
  readonly visits: Uint32Array;
}

/** How neighbours are chosen; what it needs is prepared once per graph. */
export interface ModeArguments {
  readonly weighted: boolean;
  readonly replace: boolean;
  readonly disjoint: boolean;
  readonly recent: boolean;
  readonly before?: Float64Array | undefined;
}

export interface LinkArrays {
  readonly anchors: Uint32Array;
  readonly positives: Uint32Array;
}

export interface NegativeArrays {
  readonly negatives: Uint32Array;
  readonly rejected: number;
  readonly exhausted: number;
}

export interface EpochHandle {
  readonly closed: boolean;
  close(): void;
}

type NativeSeed = number | bigint;
interface EpochArguments {
  readonly seed: NativeSeed;
  readonly epoch: number;
  readonly balanced: boolean;
  readonly maxPerRelation?: number | undefined;
}
type Fanouts = readonly Int32Array[];
type Both<Name extends string, Arguments extends unknown[], Result> = {
  [name in Name]: (...args: Arguments) => Promise<Result>;
} & { [name in `${Name}Sync`]: (...args: Arguments) => Result };

/** Exports of native/node/sampler*.cc; the longer calls have a synchronous twin. */
export type SamplerAddon = {
  /** A random order of 0 .. n - 1. */
  shuffledOrder(n: number, seed: NativeSeed, epoch: number): Uint32Array;
  /** An epoch whose links are made as they are asked for. */
  openEpoch(graph: GraphHandle, options: EpochArguments): Promise<{ handle: EpochHandle; size: number }>;
  /** Its next links, fewer at the end; calls are served in the order in which they begin to run, so one at a time. */
  nextLinks(epoch: EpochHandle, count: number): Promise<LinkArrays>;
} & Both<
  'sampleBlocks',
  [
    graph: GraphHandle,
    seeds: Uint32Array,
    options: {
      fanouts: Fanouts;
      seed: NativeSeed;
      step: number;
      exclude?: LinkArrays | undefined;
      modes: ModeArguments;
    },
  ],
  BlocksArrays & { seedPositions: Uint32Array }
> &
  Both<
    'importanceNeighbors',
    [
      graph: GraphHandle,
      seeds: Uint32Array,
      options: {
        walks: number;
        length: number;
        restart: number;
        top: number;
        weighted: boolean;
        before?: Float64Array | undefined;
        seed: NativeSeed;
        step: number;
      },
    ],
    VisitArrays[]
  > &
  Both<
    'splitEdges',
    [graph: GraphHandle, fraction: number, seed: NativeSeed],
    LinkArrays & { train: GraphHandle }
  > &
  Both<
    'balancedEpoch',
    [graph: GraphHandle, options: EpochArguments],
    LinkArrays & {
      relations: Uint32Array;
      types: { low: number; high: number; pairs: number; taken: number }[];
    }
  > &
  Both<
    'sampleNegatives',
    [
      graph: GraphHandle,
      anchors: Uint32Array,
      positives: Uint32Array,
      options: { count: number; seed: NativeSeed; step: number; source: NegativeArguments },
    ],
    NegativeArrays
  > &
  Both<
    'sampleLinkBatch',
    [
      graph: GraphHandle,
      full: GraphHandle,
      anchors: Uint32Array,
      positives: Uint32Array,
      options: {
        fanouts: Fanouts;
        negatives: number;
        seed: NativeSeed;
        step: number;
        exclude: boolean;
        modes: ModeArguments;
        source: NegativeArguments;
      },
    ],
    LinkArrays &
      NegativeArrays &
      BlocksArrays & {
        anchorPositions: Uint32Array;
        positivePositions: Uint32Array;
        negativePositions: Uint32Array;
      }
  >;
