/** A native item graph. Freed by the garbage collector, or at once by close(). */
export interface GraphHandle {
  /** Lets go of the graph; calls under way end well. May be called twice. */
  close(): void;
  readonly closed: boolean;
}

/** One relation: CSC rows of the destination type's nodes, neighbours as catalogue rows of the source type. */
export interface RelationArrays {
  readonly sourceType: number;
  readonly destinationType: number;
  readonly offsets: BigUint64Array;
  readonly indices: Uint32Array;
  readonly counts?: Uint32Array;
  readonly scores?: Float32Array;
  readonly lastTimes?: Float64Array;
}

/** Strength of an edge of c shared users between items of n_i and n_j users; native/graph/prune.h has the formulas. */
export type EdgeScore = 'count' | 'cosine' | 'damped' | 'pmi';

export interface PruneArguments {
  readonly score: EdgeScore;
  readonly damping: number;
  readonly topK: number;
}

export interface GraphInfo {
  readonly typeOffsets: Uint32Array;
  readonly relations: readonly { sourceType: number; destinationType: number; edges: number }[];
  /** Users per node; undefined where the graph was made without them. */
  readonly itemUsers?: Uint32Array;
  /** Users who interacted with anything; 0 where unknown. */
  readonly users: number;
  readonly bytes: number;
}

/** Where an array lies in a file: its first byte, and how many values it has. */
export type Section = readonly [begin: number, length: number];
export interface RelationSections {
  readonly sourceType: number;
  readonly destinationType: number;
  readonly offsets: Section;
  readonly indices: Section;
  readonly counts?: Section;
  readonly scores?: Section;
  readonly lastTimes?: Section;
}
export interface GraphSections {
  readonly typeOffsets: Section;
  readonly itemUsers?: Section;
  readonly users: number;
  readonly relations: readonly RelationSections[];
}

/** Exports of native/node/graph*.cc. */
export interface GraphAddon {
  /** Copies and checks every array; relations may come in any order and are kept sorted by (source, destination). */
  createGraph(parts: {
    typeOffsets: Uint32Array;
    relations: readonly RelationArrays[];
    itemUsers?: Uint32Array;
    users?: number;
    /** For temporal sampling alone. */
    nodeTimes?: Float64Array;
  }): GraphHandle;
  /** Maps the file and checks its structure, and every edge where `all`. */
  openGraph(path: string, sections: GraphSections, all: boolean): Promise<GraphHandle>;
  saveGraph(graph: GraphHandle, path: string): Promise<undefined>;
  graphInfo(graph: GraphHandle): GraphInfo;
  graphRelation(graph: GraphHandle, relation: number): RelationArrays & { edges: number };
  /**
   * The co-interaction graph, or null where it went to a file; `watch` is [cancel, done] over shared memory, done
   * counting destination items.
   */
  buildGraph(
    histories: {
      offsets: BigUint64Array;
      items: Uint32Array;
      times: Float64Array;
      weights?: Float32Array;
    },
    typeOffsets: Uint32Array,
    options: {
      maxHistory: number;
      minCount: number;
      /** Seconds; 0 = no decay. */
      halfLife: number;
      now: number;
      prune?: PruneArguments;
      file?: { path: string; memory: number };
    },
    watch?: Int32Array,
  ): Promise<GraphHandle | null>;
  pruneGraph(graph: GraphHandle, options: PruneArguments): Promise<GraphHandle>;
  /** Relation s -> d becomes d -> s: row u lists the destinations that u reaches. */
  transposeGraph(graph: GraphHandle): Promise<GraphHandle>;
  /** Adds to out [users, nodes]; `bySource` is a transposed graph. */
  neighbourScores(
    bySource: GraphHandle,
    offsets: BigUint64Array,
    items: Uint32Array,
    weights: Float32Array,
    out: Float32Array,
  ): void;
}
