import { describe, expect, test } from 'vitest';
import { setThreads, threads } from '../../lib/native/index.js';
import { normal } from '../../lib/random/index.js';
import { type DotScoresOptions, dotScores, topK } from '../../lib/retrieval/index.js';

const numbers = (count: number, stream: number) =>
  Float32Array.from({ length: count }, (_, i) => normal(3, i, stream));
const shared = (length: number) => new Float32Array(new SharedArrayBuffer(length * 4));

describe('dotScores', () => {
  test('by hand, with and without bias, into memory of both sorts', async () => {
    const queries = Float32Array.of(1, 2, 0, -1);
    const items = Float32Array.of(3, 4, 5, 6);
    for (const out of [new Float32Array(4), shared(4)]) {
      await dotScores({ queries, items, dimensions: 2, out });
      expect(Array.from(out)).toEqual([11, 17, -4, -6]);
      await dotScores({ queries, items, dimensions: 2, bias: Float32Array.of(0.5, -1), out });
      expect(Array.from(out)).toEqual([11.5, 16, -3.5, -7]);
    }
  });

  test('the same bits at any number of threads, and those of topK', async () => {
    const [q, n, d] = [50, 1000, 33];
    const [queries, items] = [numbers(q * d, 1), numbers(n * d, 2)];
    const before = threads();
    const results: Float32Array[] = [];
    for (const count of [1, 2, 7]) {
      setThreads(count);
      results.push(new Float32Array(q * n));
      await dotScores({ queries, items, dimensions: d, out: results.at(-1)! });
    }
    setThreads(before);
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
    const best = await topK(
      { data: queries, rows: q, cols: d },
      { data: items, rows: n, cols: d },
      { k: 20 },
    );
    best.rows.forEach((row, i) => {
      expect(results[0]![Math.floor(i / 20) * n + row]).toBe(best.scores[i]);
    });
    const exact = items.subarray(0, d).reduce((sum, value, c) => sum + value * queries[c]!, 0);
    expect(results[0]![0]).toBeCloseTo(exact, 4);
  });

  test('a view into a larger array is written there only', async () => {
    const whole = new Float32Array(6).fill(9);
    await dotScores({
      queries: Float32Array.of(2),
      items: Float32Array.of(1, 2, 3),
      dimensions: 1,
      out: whole.subarray(2, 5),
    });
    expect(Array.from(whole)).toEqual([9, 9, 2, 4, 6, 9]);
  });

  test('nothing to score', async () => {
    const out = new Float32Array();
    await dotScores({ queries: out, items: Float32Array.of(1), dimensions: 1, out });
    await dotScores({ queries: Float32Array.of(1), items: out, dimensions: 1, out });
  });

  const one = Float32Array.of(1);
  const good: DotScoresOptions = { queries: one, items: one, dimensions: 1, out: new Float32Array(1) };
  const detached = new Float32Array(1);
  structuredClone(detached, { transfer: [detached.buffer] });
  test.each<[string, Partial<Record<keyof DotScoresOptions, unknown>>, string]>([
    ['another element type', { queries: Float64Array.of(1) }, 'ERR_DTYPE'],
    ['no array', { items: undefined }, 'ERR_DTYPE'],
    ['another element type to write', { out: new Float64Array(1) }, 'ERR_DTYPE'],
    ['a detached array', { queries: detached }, 'ERR_VALUE'],
    ['no dimensions', { dimensions: 0 }, 'ERR_RANGE'],
    ['rows that are not whole', { dimensions: 2 }, 'ERR_SHAPE'],
    ['too many biases', { bias: Float32Array.of(1, 2) }, 'ERR_SHAPE'],
    ['too little room', { out: new Float32Array(0) }, 'ERR_SHAPE'],
  ])('refuses %s', async (_, wrong, code) => {
    await expect(dotScores({ ...good, ...wrong } as DotScoresOptions)).rejects.toMatchObject({
      name: 'CohearError',
      code,
    });
  });

  test('an output that is transferred while it is awaited is an error, not a crash', async () => {
    const out = new Float32Array(400 * 2000);
    const running = dotScores({
      queries: numbers(400 * 8, 1),
      items: numbers(2000 * 8, 2),
      dimensions: 8,
      out,
    });
    structuredClone(out, { transfer: [out.buffer] });
    await expect(running).rejects.toMatchObject({ code: 'ERR_VALUE' });
  });
});
