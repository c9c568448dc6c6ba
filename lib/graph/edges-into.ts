import type { ItemGraph } from './item-graph.js';

/** Edges as they are found: numbers of nodes, and what the graph keeps of each edge. */
export interface FoundEdges {
  readonly sources: number[];
  readonly destinations: number[];
  /** 0 where the graph has none. */
  readonly scores: number[];
  /** Shared users; 1 where the graph keeps no counts. */
  readonly counts: number[];
}

/** All edges that lead to some nodes, relation by relation and in each in the order of `nodes`. */
export function edgesInto(graph: ItemGraph, nodes: ArrayLike<number>): FoundEdges {
  const found: FoundEdges = { sources: [], destinations: [], scores: [], counts: [] };
  graph.relations.forEach(({ destinationType }, r) => {
    const [begin, end] = [graph.typeOffsets[destinationType]!, graph.typeOffsets[destinationType + 1]!];
    const inside = Array.from(nodes).filter((node) => node >= begin && node < end);
    if (inside.length === 0) return; // reading a relation copies it
    const { offsets, indices, scores, counts } = graph.relation(r);
    for (const node of inside)
      for (let e = Number(offsets[node - begin]); e < Number(offsets[node - begin + 1]); e++) {
        found.sources.push(indices[e]!);
        found.destinations.push(node);
        found.scores.push(scores?.[e] ?? 0);
        found.counts.push(counts?.[e] ?? 1);
      }
  });
  return found;
}
