import { readSafetensors, writeSafetensors } from '../artifacts/index.js';
import { require } from '../errors/index.js';
import type { GraphHandle, RelationArrays } from '../native/graph.js';
import { addon } from '../native/index.js';
import { fromTensors, toTensors } from './file.js';

export interface RelationInfo {
  readonly sourceType: number;
  readonly destinationType: number;
  readonly edges: number;
}

export interface ItemGraphParts {
  readonly typeOffsets: Uint32Array;
  readonly relations: readonly RelationArrays[];
  /** Users per item, which the scores cosine, damped and pmi are made from. */
  readonly itemUsers?: Uint32Array | undefined;
  /** Users in all, which pmi needs. */
  readonly users?: number | undefined;
}

/**
 * The item graph: nodes are catalogue rows, edges are directed and grouped in relations, a relation being an
 * ordered pair of item types (source → destination). It lives in native memory; what is read out is copied.
 * Freed when collected, at close(), or at the end of a `using` block.
 */
export class ItemGraph implements Disposable {
  /** For the native calls of other layers. */
  readonly handle: GraphHandle;
  /** Type t is the nodes typeOffsets[t] .. typeOffsets[t + 1]). */
  readonly typeOffsets: Uint32Array;
  /** Sorted by (sourceType, destinationType). */
  readonly relations: readonly RelationInfo[];
  /** Users per item; undefined where the graph was made without them. */
  readonly itemUsers: Uint32Array | undefined;
  /** Users who interacted with anything; 0 where unknown. */
  readonly users: number;
  /** Native memory that it takes. */
  readonly bytes: number;
  #bySource: Promise<GraphHandle> | undefined;

  constructor(handle: GraphHandle) {
    const info = addon.graphInfo(handle);
    this.handle = handle;
    this.typeOffsets = info.typeOffsets;
    this.relations = info.relations;
    this.itemUsers = info.itemUsers;
    this.users = info.users;
    this.bytes = info.bytes;
  }

  /**
   * A graph of the given arrays, which are copied and checked whole.
   * @throws CohearError ERR_SHAPE, ERR_RANGE or ERR_VALUE where they are no such graph
   */
  static from(parts: ItemGraphParts): ItemGraph {
    const { itemUsers, users } = parts;
    return new ItemGraph(
      addon.createGraph({
        typeOffsets: parts.typeOffsets,
        relations: parts.relations,
        ...(itemUsers && { itemUsers }),
        ...(users !== undefined && { users }),
      }),
    );
  }

  /**
   * Reads a graph that save() wrote.
   * @throws CohearError ERR_FORMAT when the file is not one, or is damaged
   */
  static async open(path: string): Promise<ItemGraph> {
    const { tensors, metadata } = await readSafetensors(path);
    return ItemGraph.from(fromTensors(path, tensors, metadata));
  }

  /** Writes the graph as one safetensors file, whole or not at all. */
  async save(path: string): Promise<void> {
    const parts = {
      typeOffsets: this.typeOffsets,
      relations: this.relations.map((_, i) => this.relation(i)),
      itemUsers: this.itemUsers,
      users: this.users,
    };
    const { tensors, metadata } = toTensors(parts);
    await writeSafetensors(path, tensors, metadata);
  }

  /** Number of item types. */
  get types(): number {
    return this.typeOffsets.length - 1;
  }
  /** Number of nodes, isolated ones included: the size of the catalogue. */
  get nodes(): number {
    return this.typeOffsets[this.types]!;
  }
  /** Edges of all relations together. */
  get edges(): number {
    return this.relations.reduce((sum, relation) => sum + relation.edges, 0);
  }

  /** The arrays of relation i, copied. */
  relation(i: number): RelationArrays & RelationInfo {
    return addon.graphRelation(this.handle, i);
  }

  /** The same graph listed by source, made when first asked for and kept until close(). */
  bySource(): Promise<GraphHandle> {
    this.#bySource ??= addon.transposeGraph(this.handle);
    return this.#bySource;
  }

  get closed(): boolean {
    return this.handle.closed;
  }
  /** Frees the native memory; calls under way end well, later ones throw ERR_CLOSED. May be called twice. */
  close(): void {
    this.handle.close();
    this.#bySource?.then(
      (handle) => handle.close(),
      () => {}, // whoever asked for it has been told
    );
    this.#bySource = undefined;
  }
  [Symbol.dispose](): void {
    this.close();
  }
}

/** Throws ERR_DTYPE unless `graph` is an ItemGraph. */
export function requireGraph(graph: unknown): asserts graph is ItemGraph {
  require(graph instanceof ItemGraph, 'ERR_DTYPE', 'graph: want an ItemGraph');
}
