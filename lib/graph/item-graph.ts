import { require } from '../errors/index.js';
import type { GraphHandle, RelationArrays } from '../native/graph.js';
import { addon } from '../native/index.js';
import { graphSections } from './file.js';

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

export interface OpenGraphOptions {
  /**
   * What is verified when a file is opened (default 'all'):
   * - all        also every edge: a neighbour of its type, rows ascending, scores and times finite. Reads the
   *              whole file.
   * - structure  sizes and row offsets only: milliseconds at any number of edges. For files that nobody but
   *              cohear has written to: a neighbour outside the catalogue would be used as it is.
   */
  readonly check?: 'all' | 'structure' | undefined;
}

/**
 * The item graph: nodes are catalogue rows, edges are directed and grouped in relations, a relation being an
 * ordered pair of item types (source → destination). It lives in native memory or
 * in a mapped file; what is read out is copied.
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
  /** What its arrays take, in native memory or in the mapped file. */
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
   * Opens a graph that save() wrote. Its arrays are used where they lie in the file, which is mapped into
   * memory: nothing is read but what the check reads, and processes that open it share it.
   *
   * Replace such a file by a new one of its name (save() does), never write into it or cut it short: a process
   * that then touches what is gone is killed (SIGBUS).
   * @throws CohearError ERR_IO when it cannot be read, ERR_FORMAT when it is no such graph, or damaged
   */
  static async open(path: string, { check = 'all' }: OpenGraphOptions = {}): Promise<ItemGraph> {
    require(check === 'all' || check === 'structure', 'ERR_VALUE', () =>
      `check: want "all" or "structure", got ${JSON.stringify(check)}`);
    return new ItemGraph(await addon.openGraph(path, await graphSections(path), check === 'all'));
  }

  /** Writes the graph as one safetensors file, whole or not at all; a file of that name is replaced. */
  async save(path: string): Promise<void> {
    await addon.saveGraph(this.handle, path);
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
