import { type ItemGraph, requireGraph } from './item-graph.js';

/** Numbers of edges per node of the destination type, over all its nodes. */
export interface DegreeStats {
  readonly mean: number;
  readonly min: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
  /** Nodes without an edge in this relation. */
  readonly none: number;
}

export interface RelationStats {
  readonly sourceType: number;
  readonly destinationType: number;
  readonly edges: number;
  readonly degrees: DegreeStats;
}

export interface GraphStats {
  readonly nodes: number;
  readonly nodesPerType: readonly number[];
  readonly edges: number;
  /** Users whom the graph was made from; 0 where unknown. */
  readonly users: number;
  readonly bytes: number;
  readonly relations: readonly RelationStats[];
  /** Nodes without any edge, in either direction. */
  readonly isolated: number;
  /** Sets of nodes that edges, taken in both directions, connect; isolated nodes are one each. */
  readonly components: { readonly count: number; readonly largest: number };
  /**
   * The share of edges that join items of one type (1 where there is one type), and what it would be if every edge
   * kept its destination and drew its source from all sources of edges at random.
   */
  readonly homophily: { readonly sameType: number; readonly expected: number };
}

/** What a graph looks like. Reads it whole, relation by relation. */
export function graphStats(graph: ItemGraph): GraphStats {
  requireGraph(graph);
  const { nodes, types, typeOffsets } = graph;
  const parent = Uint32Array.from({ length: nodes }, (_, i) => i);
  const root = (node: number): number => {
    let at = node;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!; // halves the path for whoever comes next
      at = parent[at]!;
    }
    return at;
  };
  const [into, outOf] = [new Float64Array(types), new Float64Array(types)];
  let same = 0;
  const relations = graph.relations.map(({ sourceType, destinationType, edges }, r): RelationStats => {
    const { offsets, indices } = graph.relation(r);
    const first = typeOffsets[destinationType]!;
    const degrees = new Uint32Array(offsets.length - 1);
    for (let row = 0; row < degrees.length; row++) {
      const [begin, end] = [Number(offsets[row]), Number(offsets[row + 1])];
      degrees[row] = end - begin;
      for (let e = begin; e < end; e++) {
        const [a, b] = [root(first + row), root(indices[e]!)];
        if (a !== b) parent[Math.max(a, b)] = Math.min(a, b);
      }
    }
    into[destinationType]! += edges;
    outOf[sourceType]! += edges;
    if (sourceType === destinationType) same += edges;
    return { sourceType, destinationType, edges, degrees: degreeStats(degrees) };
  });
  const sizes = new Uint32Array(nodes);
  for (let node = 0; node < nodes; node++) sizes[root(node)]!++;
  let [count, largest, isolated] = [0, 0, 0];
  for (const size of sizes) {
    if (size > 0) count++;
    if (size > largest) largest = size;
    if (size === 1) isolated++; // no self-loops: alone means without an edge
  }
  const { edges } = graph;
  return {
    nodes,
    nodesPerType: Array.from({ length: types }, (_, t) => typeOffsets[t + 1]! - typeOffsets[t]!),
    edges,
    users: graph.users,
    bytes: graph.bytes,
    relations,
    isolated,
    components: { count, largest },
    homophily: {
      sameType: edges > 0 ? same / edges : 0,
      expected:
        edges > 0 ? into.reduce((sum, value, t) => sum + (value / edges) * (outOf[t]! / edges), 0) : 0,
    },
  };
}

/** Quantiles are the nearest rank: p90 is the least degree that at least 90 % of the nodes do not exceed. */
function degreeStats(degrees: Uint32Array): DegreeStats {
  degrees.sort();
  const at = (share: number) => degrees[Math.max(0, Math.ceil(share * degrees.length) - 1)] ?? 0;
  const firstEdge = degrees.findIndex((degree) => degree > 0);
  let sum = 0;
  for (const degree of degrees) sum += degree;
  return {
    mean: degrees.length > 0 ? sum / degrees.length : 0,
    min: at(0),
    p50: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    max: at(1),
    none: firstEdge < 0 ? degrees.length : firstEdge,
  };
}
