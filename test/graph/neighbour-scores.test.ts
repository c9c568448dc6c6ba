import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildItemGraph, neighbourScores, prune } from '../../lib/graph/index.js';
import { codeOf } from '../code-of.js';
import { edgesOf, histories, someEvents } from './plain.js';

const typeOffsets = Uint32Array.of(0, 4, 9);

describe('neighbourScores', () => {
  it('adds weight times score over the history, in its order', async () => {
    await fc.assert(
      fc.asyncProperty(someEvents(9), fc.boolean(), async (users, weighted) => {
        const given = histories(users);
        using whole = await buildItemGraph(given, { typeOffsets });
        using graph = await prune(whole, { score: 'damped', damping: 2, topK: 3 });
        const weights = weighted ? Float32Array.from(given.item, (_, e) => 1 / (e + 3)) : undefined;
        const out = new Float32Array(users.length * 9).fill(0.25);
        const result = await neighbourScores(
          graph,
          { offsets: given.offsets, items: given.item, weights },
          out,
        );
        expect(result).toBe(out);
        const scores = edgesOf(graph, (r, e) => r.scores![e]!);
        const want = new Float32Array(users.length * 9).fill(0.25);
        users.forEach((_, u) => {
          for (let e = Number(given.offsets[u]); e < Number(given.offsets[u + 1]); e++) {
            for (let i = 0; i < 9; i++) {
              const score = scores.get(`${i}<-${given.item[e]}`);
              if (score !== undefined) want[u * 9 + i]! += Math.fround((weights?.[e] ?? 1) * score);
            }
          }
        });
        expect(out).toEqual(want);
      }),
      { numRuns: 60 },
    );
  });

  it('says what is wrong', async () => {
    const given = histories([[[0, 1], [5, 2]]]); // biome-ignore format: one user
    using whole = await buildItemGraph(given, { typeOffsets });
    using graph = await prune(whole);
    const batch = { offsets: given.offsets, items: given.item };
    const run = (change: object, out = new Float32Array(9)) =>
      codeOf(() => neighbourScores(graph, { ...batch, ...change }, out));
    expect(await run({})).toBe('no error');
    expect(await codeOf(() => neighbourScores(whole, batch, new Float32Array(9)))).toBe('ERR_VALUE');
    expect(await codeOf(() => neighbourScores({} as never, batch, new Float32Array(9)))).toBe('ERR_DTYPE');
    expect(await run({}, new Float32Array(8))).toBe('ERR_SHAPE');
    expect(await run({}, new Float64Array(9) as never)).toBe('ERR_DTYPE');
    expect(await run({ items: Uint32Array.of(0, 9) })).toBe('ERR_RANGE');
    expect(await run({ offsets: BigUint64Array.of(0n, 3n) })).toBe('ERR_SHAPE');
    expect(await run({ weights: Float32Array.of(1) })).toBe('ERR_SHAPE');
    expect(await run({ weights: Float32Array.of(1, Number.NaN) })).toBe('ERR_VALUE');
    graph.close();
    expect(await run({})).toBe('ERR_CLOSED');
  });
});
