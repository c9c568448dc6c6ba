import { matrix, normalizeRows, type Rows, RowTable } from '../artifacts/index.js';
import { require } from '../errors/index.js';
import { addon } from '../native/index.js';
import type { LongWork } from '../progress/index.js';
import { watched } from '../progress/watch.js';
import type { EdgeList } from './edge-list.js';
import { type ItemGraph, requireGraph } from './item-graph.js';

const NO_ROW = 0xffffffff;

export interface TextNeighboursOptions extends LongWork {
  readonly typeOffsets: Uint32Array;
  /** Neighbours wanted per node and source type (default 10). */
  readonly k?: number | undefined;
  /** Nodes that get neighbours, ascending (default: all). {@link coldNodes} are those that a graph says little of. */
  readonly nodes?: Uint32Array | undefined;
  /** Neighbours of a smaller cosine are left out (default 0). */
  readonly minCosine?: number | undefined;
}

/**
 * The nearest items by text: for every node and type the k items of that type whose vectors have the largest cosine
 * with the node's, ties to the lower row, never the node itself. Edges lead from a neighbour to the node, with the
 * cosine as their score; exact search, the same at any number of threads. Items without text (a zero vector) get no
 * neighbours and are none. `addEdges` puts them into a graph; `graphFromEdges` makes a graph of them alone.
 * @param vectors one row per item of the catalogue, of any length; copied as floats
 * @throws CohearError ERR_SHAPE for vectors that are not those of the catalogue, ERR_RANGE for a node outside it,
 *   ERR_VALUE for vectors that are not finite or a negative minCosine, ERR_CANCELLED
 */
export async function textNeighbours(vectors: Rows, options: TextNeighboursOptions): Promise<EdgeList> {
  const { typeOffsets, k = 10, minCosine = 0 } = options;
  const size = typeOffsets.at(-1)!;
  const nodes = options.nodes ?? Uint32Array.from({ length: size }, (_, i) => i);
  require(vectors.rows === size, 'ERR_SHAPE', () =>
    `vectors: ${vectors.rows} rows, want one per item (${size})`);
  require(minCosine >= 0 && minCosine <= 1, 'ERR_VALUE', () => `minCosine is ${minCosine}, want 0 to 1`);
  for (const node of nodes)
    require(node < size, 'ERR_RANGE', () => `nodes: ${node} is no row of the catalogue's ${size} items`);
  const { cols } = vectors;
  const unit = normalizeRows(
    vectors instanceof RowTable ? vectors.slice(0, size) : matrix(size, cols, vectors.data.slice()),
  );
  const queries = new Float32Array(nodes.length * cols);
  nodes.forEach((node, q) => {
    queries.set(unit.data.subarray(node * cols, (node + 1) * cols), q * cols);
  });
  const excluded = {
    offsets: BigUint64Array.from({ length: nodes.length + 1 }, (_, q) => BigInt(q)),
    rows: nodes,
  };
  const [sources, destinations, scores]: number[][] = [[], [], []];
  for (let type = 0; type + 1 < typeOffsets.length; type++) {
    const [begin, end] = [typeOffsets[type]!, typeOffsets[type + 1]!];
    const search = { queries, items: unit.data, dimensions: cols, k, begin, end, excluded };
    const found = await watched(options, 'text neighbours', 0, 'blocks', (watch) =>
      addon.topK(search, watch),
    );
    nodes.forEach((node, q) => {
      for (let i = q * found.k; i < (q + 1) * found.k; i++) {
        if (found.rows[i] === NO_ROW || !(found.scores[i]! > 0) || found.scores[i]! < minCosine) continue;
        sources!.push(found.rows[i]!);
        destinations!.push(node);
        scores!.push(found.scores[i]!);
      }
    });
  }
  return {
    sources: Uint32Array.from(sources!),
    destinations: Uint32Array.from(destinations!),
    scores: Float32Array.from(scores!),
  };
}

/** The nodes with fewer than `below` edges to them over all relations (default 1: none at all), ascending. */
export function coldNodes(graph: ItemGraph, below = 1): Uint32Array {
  requireGraph(graph);
  const degrees = new Float64Array(graph.nodes);
  graph.relations.forEach(({ destinationType }, r) => {
    const { offsets } = graph.relation(r);
    const first = graph.typeOffsets[destinationType]!;
    for (let row = 0; row + 1 < offsets.length; row++)
      degrees[first + row]! += Number(offsets[row + 1]! - offsets[row]!);
  });
  const cold: number[] = [];
  degrees.forEach((degree, node) => {
    if (degree < below) cold.push(node);
  });
  return Uint32Array.from(cold);
}
