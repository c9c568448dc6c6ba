import type { Rows } from '../artifacts/index.js';
import { addEdges, coldNodes, graphFromEdges, type ItemGraph, textNeighbours } from '../graph/index.js';
import type { LongWork } from '../progress/index.js';
import { derive, type Seed } from '../random/index.js';
import { importanceNeighbors } from '../sampler/index.js';

/** Along which edges messages go, where they are not those that two items share a user by. */
export interface MessageOptions {
  /** Neighbours that short random walks visit most, with their visits as scores (PinSage); null: the graph's own. */
  readonly walks: {
    readonly walks: number;
    readonly length: number;
    readonly restart: number;
    /** Kept per node and type of neighbour. */
    readonly top: number;
  } | null;
  /** The nearest items by text for nodes with fewer than `below` edges (LiGNN); null: none. */
  readonly textNeighbours: {
    readonly k: number;
    readonly below: number;
    readonly minCosine: number;
  } | null;
}

/**
 * The graph that messages go along, made from the item graph as it is known: `graph` itself where no option is set,
 * else a new one. In training `graph` is without the validation edges, so nothing made from it knows them.
 * @param text one row per item
 */
export async function messageGraph(
  graph: ItemGraph,
  text: Rows,
  { walks, textNeighbours: near, seed }: MessageOptions & { readonly seed: Seed },
  { signal }: LongWork = {},
): Promise<ItemGraph> {
  let messages = graph;
  if (walks !== null) messages = await walked(graph, { ...walks, seed: derive(seed, 'hgnn walks') });
  if (near === null) return messages;
  const { k, below, minCosine } = near;
  const edges = await textNeighbours(text, {
    typeOffsets: graph.typeOffsets,
    k,
    minCosine,
    nodes: coldNodes(graph, below),
    signal,
  });
  const added = addEdges(messages, edges);
  if (messages !== graph) messages.close();
  return added;
}

async function walked(
  graph: ItemGraph,
  options: NonNullable<MessageOptions['walks']> & { readonly seed: Seed },
): Promise<ItemGraph> {
  const seeds = Uint32Array.from({ length: graph.nodes }, (_, node) => node);
  const visited = await importanceNeighbors(graph, seeds, {
    ...options,
    weighted: graph.relations.every((_, r) => graph.relation(r).scores !== undefined),
  });
  const total = visited.reduce((sum, { nodes }) => sum + nodes.length, 0);
  const edges = {
    sources: new Uint32Array(total),
    destinations: new Uint32Array(total),
    scores: new Float32Array(total),
  };
  let at = 0;
  for (const { offsets, nodes, visits } of visited) {
    edges.sources.set(nodes, at);
    edges.scores.set(visits, at);
    for (let v = 0; v + 1 < offsets.length; v++)
      edges.destinations.fill(v, at + Number(offsets[v]), at + Number(offsets[v + 1]));
    at += nodes.length;
  }
  return graphFromEdges(edges, graph);
}
