import { afterEach, describe, expect, it } from 'vitest';
import { matrix } from '../../lib/artifacts/index.js';
import { addEdges, buildItemGraph, coldNodes, textNeighbours } from '../../lib/graph/index.js';
import { setThreads, threads } from '../../lib/native/index.js';
import { uniform } from '../../lib/random/index.js';
import { codeOf } from '../code-of.js';
import { edgesOf, histories } from './plain.js';

const before = threads();
afterEach(() => setThreads(before));

const typeOffsets = Uint32Array.of(0, 20, 50);
const COLS = 8;
const vectors = () => {
  const data = Float32Array.from({ length: 50 * COLS }, (_, i) => uniform(3, i) - 0.5);
  data.fill(0, 7 * COLS, 8 * COLS); // item 7 has no text
  return matrix(50, COLS, data);
};

describe('textNeighbours', () => {
  it('are the nearest by cosine of each type, never the item itself or one without text', async () => {
    const given = vectors();
    const kept = given.data.slice();
    const unit = Array.from({ length: 50 }, (_, i) => {
      const row = Array.from(given.data.subarray(i * COLS, (i + 1) * COLS));
      const length = Math.hypot(...row);
      return row.map((value) => (length > 0 ? value / length : 0));
    });
    const cosine = (i: number, j: number) =>
      unit[i]!.reduce((sum, value, c) => sum + value * unit[j]![c]!, 0);
    for (const count of [1, 2, 7]) {
      setThreads(count);
      const nodes = Uint32Array.of(0, 7, 33);
      const edges = await textNeighbours(given, { typeOffsets, k: 3, nodes, minCosine: 0.1 });
      const want: [number, number][] = [];
      for (const [begin, end] of [[0, 20], [20, 50]] as const) // biome-ignore format: ranges
        for (const node of nodes) {
          const near = Array.from({ length: end - begin }, (_, i) => begin + i)
            .filter((other) => other !== node && cosine(node, other) > 0.1)
            .sort((a, b) => cosine(node, b) - cosine(node, a));
          for (const other of near.slice(0, 3)) want.push([other, node]);
        }
      expect(Array.from(edges.sources, (source, e) => [source, edges.destinations[e]])).toEqual(want);
      edges.scores!.forEach((score, e) => {
        expect(score).toBeCloseTo(cosine(...want[e]!), 5);
      });
    }
    expect(given.data).toEqual(kept);
  });

  it('give cold items neighbours in a graph', async () => {
    const users = [[[0, 1], [21, 2]], [[0, 1], [2, 2]]] as const; // biome-ignore format: two users
    using graph = await buildItemGraph(histories(users.map((u) => [...u])), { typeOffsets });
    const cold = coldNodes(graph);
    expect([...cold]).toEqual(Array.from({ length: 50 }, (_, i) => i).filter((i) => ![0, 2, 21].includes(i)));
    expect(coldNodes(graph, 2)).toContain(21);
    const edges = await textNeighbours(vectors(), { typeOffsets, k: 2, nodes: cold });
    using dense = addEdges(graph, edges);
    expect([...coldNodes(dense)]).toEqual([7]);
    const old = edgesOf(graph, (r, e) => r.counts![e]);
    for (const [edge, count] of edgesOf(dense, (r, e) => r.counts![e]))
      expect(count).toBe(old.get(edge) ?? 0);
  });

  it('says what is wrong', async () => {
    const run = (options: object, given = vectors()) =>
      codeOf(() => textNeighbours(given, { typeOffsets, ...options }));
    expect(await run({})).toBe('no error');
    expect(await run({ nodes: Uint32Array.of(50) })).toBe('ERR_RANGE');
    expect(await run({ k: 0 })).toBe('ERR_RANGE');
    expect(await run({ minCosine: -1 })).toBe('ERR_VALUE');
    expect(await run({}, matrix(49, COLS, new Float32Array(49 * COLS)))).toBe('ERR_SHAPE');
    expect(await run({ signal: AbortSignal.abort() })).toBe('ERR_CANCELLED');
  });
});
