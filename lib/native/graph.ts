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

export interface GraphInfo {
  readonly typeOffsets: Uint32Array;
  readonly relations: readonly { sourceType: number; destinationType: number; edges: number }[];
  readonly bytes: number;
}

/** Exports of native/node/graph*.cc. */
export interface GraphAddon {
  /** Copies and checks every array; relations may come in any order and are kept sorted by (source, destination). */
  createGraph(parts: { typeOffsets: Uint32Array; relations: readonly RelationArrays[] }): GraphHandle;
  graphInfo(graph: GraphHandle): GraphInfo;
  graphRelation(graph: GraphHandle, relation: number): RelationArrays & { edges: number };
}
