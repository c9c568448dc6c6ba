import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type Matrix, matrix } from '../../lib/artifacts/index.js';
import { setThreads, threads } from '../../lib/native/index.js';
import type { ProgressEvent } from '../../lib/progress/index.js';
import { uniform } from '../../lib/random/index.js';
import { NO_ROW, type RowLists, type TopKOptions, topK, topKSync } from '../../lib/retrieval/index.js';
import { codeOf } from '../code-of.js';

const before = threads();
afterEach(() => setThreads(before));

const lists = (rows: readonly number[][]): RowLists => {
  const offsets = new BigUint64Array(rows.length + 1);
  rows.forEach((list, i) => {
    offsets[i + 1] = offsets[i]! + BigInt(list.length);
  });
  return { offsets, rows: Uint32Array.from(rows.flat()) };
};

function plain(
  queries: Matrix,
  items: Matrix,
  k: number,
  excluded: number[][],
  [begin, end]: readonly [number, number],
) {
  return Array.from({ length: queries.rows }, (_, q) => {
    const all: [number, number][] = [];
    for (let i = begin; i < end; i++) {
      if (excluded[q]!.includes(i)) continue;
      let sum = 0;
      for (let x = 0; x < items.cols; x++) {
        sum = Math.fround(
          sum + Math.fround(queries.data[q * items.cols + x]! * items.data[i * items.cols + x]!),
        );
      }
      all.push([i, sum]);
    }
    return all.sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, k);
  });
}

const read = (result: Awaited<ReturnType<typeof topK>>) =>
  Array.from(result.counts, (count, q) =>
    Array.from({ length: count }, (_, i) => [
      result.rows[q * result.k + i]!,
      result.scores[q * result.k + i]!,
    ]),
  );

describe('topK', () => {
  it('equals sorting every inner product', async () => {
    const cases = fc.record({
      q: fc.nat(8),
      n: fc.nat(60),
      d: fc.integer({ min: 1, max: 9 }),
      k: fc.integer({ min: 1, max: 70 }),
      levels: fc.constantFrom(2, 1000),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ q, n, d, k, levels, seed }) => {
        const draw = (a: number) => (i: number) => Math.floor(uniform(seed, i, a) * levels) / levels - 0.5;
        const queries = matrix(
          q,
          d,
          Float32Array.from({ length: q * d }, (_, i) => draw(0)(i)),
        );
        const items = matrix(
          n,
          d,
          Float32Array.from({ length: n * d }, (_, i) => draw(1)(i)),
        );
        const range = [Math.floor(n / 6), n - Math.floor(n / 7)] as const;
        const excluded = Array.from({ length: q }, (_, u) =>
          Array.from({ length: n }, (_, i) => i).filter((i) => uniform(seed, i, u, 2) < 0.2),
        );
        const options = { k, range, excluded: lists(excluded) };
        const found = await topK(queries, items, options);
        expect(read(found)).toEqual(plain(queries, items, k, excluded, range));
        expect(topKSync(queries, items, options)).toEqual(found);
      }),
    );
  });

  it('is the same at 1, 2 and 7 threads', async () => {
    const queries = matrix(
      120,
      20,
      Float32Array.from({ length: 2400 }, (_, i) => uniform(1, i) - 0.5),
    );
    const items = matrix(
      3000,
      20,
      Float32Array.from({ length: 60000 }, (_, i) => uniform(2, i) - 0.5),
    );
    const results = [];
    for (const count of [1, 2, 7]) {
      setThreads(count);
      results.push(await topK(queries, items, { k: 50 }));
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  it('marks what is not there', () => {
    const found = topKSync(matrix(1, 1, Float32Array.of(1)), matrix(3, 1, Float32Array.of(1, 2, 3)), {
      k: 9,
      excluded: lists([[0, 2]]),
    });
    expect(found).toEqual({
      k: 3,
      rows: Uint32Array.of(1, NO_ROW, NO_ROW),
      scores: Float32Array.of(2, -Infinity, -Infinity),
      counts: Uint32Array.of(1),
    });
  });

  it('takes empty inputs and arrays over shared memory', async () => {
    const none = await topK(matrix(0, 3), matrix(5, 3));
    expect(none.counts.length).toBe(0);
    expect(await topK(matrix(2, 3), matrix(0, 3))).toMatchObject({ k: 0, counts: Uint32Array.of(0, 0) });
    const shared = new Float32Array(new SharedArrayBuffer(8));
    shared.set([3, 4]);
    const found = await topK(matrix(1, 1, Float32Array.of(1)), { data: shared, rows: 2, cols: 1 }, { k: 1 });
    expect([...found.rows, ...found.scores]).toEqual([1, 4]);
  });

  it('reports progress and stops when asked', async () => {
    const events: ProgressEvent[] = [];
    await topK(matrix(100, 2), matrix(20_000, 2), { onProgress: (event) => events.push(event) });
    expect(events.at(-1)).toEqual({ task: 'top-k', done: 6, total: 6, unit: 'blocks' });
    const stop = new AbortController();
    const running = topK(matrix(500, 64), matrix(200_000, 64), { signal: stop.signal });
    stop.abort();
    expect(await codeOf(() => running)).toBe('ERR_CANCELLED');
  });

  const queries = matrix(1, 2, Float32Array.of(1, 1));
  const items = matrix(2, 2, Float32Array.of(1, 2, 3, 4));
  it.each<[string, string, Matrix, Matrix, TopKOptions]>([
    ['k = 0', 'ERR_RANGE', queries, items, { k: 0 }],
    ['k that is no whole number', 'ERR_RANGE', queries, items, { k: 1.5 }],
    ['k that is no number', 'ERR_DTYPE', queries, items, { k: '1' as never }],
    ['a range past the items', 'ERR_RANGE', queries, items, { range: [0, 3] }],
    ['a range that falls', 'ERR_RANGE', queries, items, { range: [2, 1] }],
    ['a range below 0', 'ERR_RANGE', queries, items, { range: [-1, 1] }],
    ['vectors of different widths', 'ERR_SHAPE', queries, matrix(4, 1), {}],
    ['vectors of no width', 'ERR_RANGE', matrix(1, 0), matrix(1, 0), {}],
    [
      'a matrix of another size than it says',
      'ERR_SHAPE',
      { data: new Float32Array(3), rows: 1, cols: 2 },
      items,
      {},
    ],
    ['numbers of 64 bits', 'ERR_DTYPE', { data: new Float64Array(2) as never, rows: 1, cols: 2 }, items, {}],
    ['a NaN among the queries', 'ERR_VALUE', matrix(1, 2, Float32Array.of(1, Number.NaN)), items, {}],
    ['a NaN among the items', 'ERR_VALUE', queries, matrix(1, 2, Float32Array.of(1, Number.NaN)), {}],
    ['infinite items', 'ERR_VALUE', queries, matrix(1, 2, Float32Array.of(1, -Infinity)), {}],
    ['exclusions that are not sorted', 'ERR_VALUE', queries, items, { excluded: lists([[1, 0]]) }],
    ['an exclusion past the items', 'ERR_RANGE', queries, items, { excluded: lists([[2]]) }],
    ['exclusions for more queries', 'ERR_SHAPE', queries, items, { excluded: lists([[0], [0]]) }],
  ])('refuses %s', async (_, code, q, n, options) => {
    expect(await codeOf(() => topK(q, n, options))).toBe(code);
    expect(await codeOf(() => topKSync(q, n, options))).toBe(code);
  });

  it('refuses detached arrays', async () => {
    const gone = matrix(1, 2);
    structuredClone(gone.data, { transfer: [gone.data.buffer as ArrayBuffer] });
    expect(await codeOf(() => topK({ data: gone.data, rows: 0, cols: 2 }, items))).toBe('ERR_VALUE');
  });
});
