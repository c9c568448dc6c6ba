import { describe, expect, it } from 'vitest';
import { graphFromEdges, graphStats, ItemGraph } from '../../lib/graph/index.js';
import { codeOf } from '../code-of.js';

const both = (pairs: readonly [number, number][]) => ({
  sources: Uint32Array.from(pairs.flat()),
  destinations: Uint32Array.from(pairs.flatMap(([a, b]) => [b, a])),
});

describe('graphStats', () => {
  it('by hand', () => {
    // Types {0 .. 3} and {4 .. 9}; a path 0-1-2, a pair 4-5, a mixed edge 2-4, a star 6-7 6-8; 3 and 9 alone.
    using graph = graphFromEdges(
      both([[0, 1], [1, 2], [4, 5], [2, 4], [6, 7], [6, 8]]), // biome-ignore format: pairs
      { typeOffsets: Uint32Array.of(0, 4, 10) },
    );
    const stats = graphStats(graph);
    expect(stats).toMatchObject({
      nodes: 10,
      nodesPerType: [4, 6],
      edges: 12,
      isolated: 2,
      components: { count: 4, largest: 5 },
    });
    expect(stats.relations[0]).toEqual({
      sourceType: 0,
      destinationType: 0,
      edges: 4,
      degrees: { mean: 1, min: 0, p50: 1, p90: 2, p99: 2, max: 2, none: 1 },
    });
    expect(stats.relations.map((r) => r.edges)).toEqual([4, 1, 1, 6]);
    expect(stats.homophily.sameType).toBeCloseTo(10 / 12);
    expect(stats.homophily.expected).toBeCloseTo((5 / 12) ** 2 + (7 / 12) ** 2);
  });

  it('of graphs without edges or nodes', async () => {
    using none = ItemGraph.from({ typeOffsets: Uint32Array.of(0, 3), relations: [] });
    expect(graphStats(none)).toMatchObject({
      edges: 0,
      isolated: 3,
      components: { count: 3, largest: 1 },
      homophily: { sameType: 0, expected: 0 },
    });
    using empty = ItemGraph.from({ typeOffsets: Uint32Array.of(0, 0), relations: [] });
    expect(graphStats(empty)).toMatchObject({ nodes: 0, components: { count: 0, largest: 0 } });
    expect(await codeOf(() => graphStats({} as never))).toBe('ERR_DTYPE');
  });
});
