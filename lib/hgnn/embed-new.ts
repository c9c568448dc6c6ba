import { type Matrix, matrix, type Rows, row, rowReader } from '../artifacts/index.js';
import { require } from '../errors/index.js';
import { type EdgeList, edgesInto, graphFromEdges, type ItemGraph, typeOf } from '../graph/index.js';
import type { LongWork } from '../progress/index.js';
import { embedCatalogue } from './embed.js';
import type { Hgnn } from './model.js';

/** Nodes that a graph has not. */
export interface NewNodes {
  /** The type of each. */
  readonly types: ArrayLike<number>;
  /** Their input rows. */
  readonly features: Matrix;
  /** Edges to them: sources are nodes of the graph, destinations are numbers of new nodes. */
  readonly edges: EdgeList;
}

/**
 * Embeddings of nodes that a graph has not, as {@link embedCatalogue} would give them were they in it with their edges:
 * inductively, from their features and the nodes within as many hops as the model has layers. Nothing else is read of
 * `features`.
 * @param features the graph's own input rows
 * @returns unit rows, one a new node
 * @throws CohearError ERR_SHAPE, ERR_RANGE for nodes or edges that do not fit
 */
export async function embedNew(
  model: Hgnn,
  graph: ItemGraph,
  features: Rows,
  { types, features: newFeatures, edges }: NewNodes,
  work: LongWork = {},
): Promise<Matrix> {
  require(newFeatures.rows === types.length && newFeatures.cols === features.cols, 'ERR_SHAPE', () =>
    `embedNew: ${newFeatures.rows} rows of ${newFeatures.cols} for ${types.length} nodes of ${features.cols}`);
  for (let i = 0; i < types.length; i++)
    require(types[i]! < graph.types, 'ERR_RANGE', () =>
      `embedNew: new node ${i} is of type ${types[i]}, the graph has ${graph.types}`);
  for (let e = 0; e < edges.sources.length; e++)
    require(edges.sources[e]! < graph.nodes && edges.destinations[e]! < types.length, 'ERR_RANGE', () =>
      `embedNew: edge ${e} joins node ${edges.sources[e]} and new node ${edges.destinations[e]}`);

  // Nodes are the graph's rows, and new ones follow them.
  const typeOfNode = (node: number) =>
    node < graph.nodes ? typeOf(graph.typeOffsets, node) : types[node - graph.nodes]!;
  const members: number[][] = Array.from({ length: graph.types }, () => []);
  const seen = new Set<number>();
  const add = (node: number) => {
    if (seen.has(node)) return false;
    seen.add(node);
    members[typeOfNode(node)]!.push(node);
    return true;
  };
  for (let i = 0; i < types.length; i++) add(graph.nodes + i);
  const sources = Array.from(edges.sources);
  const destinations = Array.from(edges.destinations, (number) => graph.nodes + number);
  const scores = Array.from(edges.scores ?? new Float32Array(sources.length));
  let outer = sources.filter(add);
  for (let hop = 1; hop < model.layers; hop++) {
    const found = edgesInto(graph, outer);
    found.sources.forEach((source, e) => {
      sources.push(source);
      destinations.push(found.destinations[e]!);
      scores.push(found.scores[e]!);
    });
    outer = found.sources.filter(add);
  }

  const typeOffsets = new Uint32Array(graph.types + 1);
  const place = new Map<number, number>();
  members.forEach((nodes, t) => {
    typeOffsets[t + 1] = typeOffsets[t]! + nodes.length;
    nodes.forEach((node, i) => {
      place.set(node, typeOffsets[t]! + i);
    });
  });
  const rows = matrix(place.size, features.cols);
  const read = rowReader(features);
  for (const [node, at] of place)
    rows.data.set(node < graph.nodes ? read(node) : row(newFeatures, node - graph.nodes), at * rows.cols);
  using around = graphFromEdges(
    {
      sources: Uint32Array.from(sources, (node) => place.get(node)!),
      destinations: Uint32Array.from(destinations, (node) => place.get(node)!),
      scores: Float32Array.from(scores),
    },
    { typeOffsets },
  );
  const embeddings = await embedCatalogue(model, around, rows, work);
  const out = matrix(types.length, embeddings.cols);
  for (let i = 0; i < types.length; i++)
    out.data.set(row(embeddings, place.get(graph.nodes + i)!), i * out.cols);
  return out;
}
