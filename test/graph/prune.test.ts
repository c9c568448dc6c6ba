import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildItemGraph, type EdgeScore, ItemGraph, prune } from '../../lib/graph/index.js';
import { codeOf } from '../code-of.js';
import { edgesOf, histories, someEvents } from './plain.js';

const typeOffsets = Uint32Array.of(0, 4, 9);

const FORMULAS: Record<EdgeScore, (c: number, product: number, users: number) => number> = {
  count: (c) => c,
  cosine: (c, product) => c / Math.sqrt(product),
  damped: (c, product) => c / (Math.sqrt(product) + 20),
  pmi: (c, product, users) => Math.max(0, Math.log((c * users) / product)),
};

describe('prune', () => {
  it('scores by the named formula and keeps the strongest of each row and relation', async () => {
    await fc.assert(
      fc.asyncProperty(
        someEvents(9),
        fc.constantFrom<EdgeScore>('count', 'cosine', 'damped', 'pmi'),
        fc.nat(3),
        async (users, score, topK) => {
          fc.pre(users.some((list) => list.length > 0));
          using whole = await buildItemGraph(histories(users), { typeOffsets });
          using pruned = await prune(whole, { score, topK });
          using scored = await prune(whole, { score });
          const all = edgesOf(scored, (r, e) => r.scores![e]!);
          for (const [edge, count] of edgesOf(whole, (r, e) => r.counts![e]!)) {
            const [i, j] = edge.split('<-').map(Number);
            const product = whole.itemUsers![i!]! * whole.itemUsers![j!]!;
            expect(all.get(edge)).toBe(Math.fround(FORMULAS[score](count, product, whole.users)));
          }
          expect(all.size).toBe(whole.edges);
          const rows = new Map<string, [number, number][]>();
          for (const [edge, value] of all) {
            const [i, j] = edge.split('<-').map(Number) as [number, number];
            const key = `${i} ${j < 4}`;
            rows.set(key, [...(rows.get(key) ?? []), [j, value]]);
          }
          const want = new Map<string, number>();
          for (const [key, row] of rows) {
            row.sort((a, b) => b[1] - a[1] || a[0] - b[0]);
            for (const [j, value] of topK ? row.slice(0, topK) : row)
              want.set(`${key.split(' ')[0]}<-${j}`, value);
          }
          expect(edgesOf(pruned, (r, e) => r.scores![e]!)).toEqual(want);
          using built = await buildItemGraph(histories(users), { typeOffsets }, { prune: { score, topK } });
          expect(edgesOf(built, (r, e) => r.scores![e]!)).toEqual(want);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is by damped score where nothing else is said, and leaves the graph as it was', async () => {
    using whole = await buildItemGraph(histories([[[0, 1], [5, 2]]]), { typeOffsets }); // biome-ignore format: one user
    using pruned = await prune(whole);
    expect(pruned.relation(1).scores).toEqual(Float32Array.of(1 / 21));
    expect(whole.relation(1).scores).toBeUndefined();
  });

  it('says what is wrong', async () => {
    using graph = await buildItemGraph(histories([[[0, 1], [5, 2]]]), { typeOffsets }); // biome-ignore format: one user
    const run = (options: object) => codeOf(() => prune(graph, options));
    expect(await run({ topK: -1 })).toBe('ERR_RANGE');
    expect(await run({ topK: 2.5 })).toBe('ERR_RANGE');
    expect(await run({ topK: '3' })).toBe('ERR_DTYPE');
    expect(await run({ damping: Number.NaN })).toBe('ERR_RANGE');
    expect(await run({ damping: -1 })).toBe('ERR_RANGE');
    expect(await run({ score: 'cosines' })).toBe('ERR_VALUE');
    expect(await codeOf(() => prune({} as never))).toBe('ERR_DTYPE');
    using bare = ItemGraph.from({ typeOffsets, relations: [graph.relation(1)] });
    expect(await codeOf(() => prune(bare, { score: 'cosine' }))).toBe('ERR_VALUE');
    expect(await codeOf(() => prune(bare, { score: 'count' }))).toBe('no error');
    const { counts, ...without } = graph.relation(1);
    using uncounted = ItemGraph.from({ typeOffsets, relations: [without] });
    expect(await codeOf(() => prune(uncounted, { score: 'count' }))).toBe('ERR_VALUE');
  });
});
