import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { buildItemGraph, type GraphHistories } from '../../lib/graph/index.js';
import { setThreads, threads } from '../../lib/native/index.js';
import type { ProgressEvent } from '../../lib/progress/index.js';
import { codeOf } from '../code-of.js';
import { type Events, edgesOf, histories, plainPairs, someEvents } from './plain.js';

const detach = (array: Uint32Array) => structuredClone(array, { transfer: [array.buffer as ArrayBuffer] });
const typeOffsets = Uint32Array.of(0, 4, 9);
const before = threads();
afterEach(() => setThreads(before));

describe('buildItemGraph', () => {
  it('counts shared users and their last time', async () => {
    const users: Events = [
      [
        [0, 10],
        [5, 20],
        [0, 30],
      ],
      [
        [5, 5],
        [0, 60],
      ],
    ];
    using graph = await buildItemGraph(histories(users), { typeOffsets });
    expect(graph).toMatchObject({ types: 2, nodes: 9, edges: 2, users: 2 });
    expect(graph.relations).toEqual([
      { sourceType: 0, destinationType: 0, edges: 0 },
      { sourceType: 0, destinationType: 1, edges: 1 },
      { sourceType: 1, destinationType: 0, edges: 1 },
      { sourceType: 1, destinationType: 1, edges: 0 },
    ]);
    expect(graph.itemUsers).toEqual(Uint32Array.of(2, 0, 0, 0, 0, 2, 0, 0, 0));
    expect(graph.relation(2)).toEqual({
      sourceType: 1,
      destinationType: 0,
      edges: 1,
      offsets: BigUint64Array.of(0n, 1n, 1n, 1n, 1n),
      indices: Uint32Array.of(5),
      counts: Uint32Array.of(2),
      lastTimes: Float64Array.of(60),
    });
  });

  it('equals the definition, for any histories and cap', async () => {
    await fc.assert(
      fc.asyncProperty(
        someEvents(9),
        fc.nat(4),
        fc.integer({ min: 1, max: 3 }),
        async (users, maxHistory, minCount) => {
          using graph = await buildItemGraph(histories(users), { typeOffsets }, { maxHistory, minCount });
          const want = [...plainPairs(users, maxHistory)].filter(([, [count]]) => count >= minCount);
          expect(edgesOf(graph, (r, e) => [r.counts![e], r.lastTimes![e]])).toEqual(new Map(want));
        },
      ),
    );
  });

  it('is the same at 1, 2 and 7 threads', async () => {
    const users: Events = Array.from({ length: 500 }, (_, u) =>
      Array.from({ length: u % 9 }, (_, e) => [(u * 7 + e * e * 3) % 900, e]),
    );
    const results = [];
    for (const count of [1, 2, 7]) {
      setThreads(count);
      using graph = await buildItemGraph(histories(users), { typeOffsets: Uint32Array.of(0, 300, 900) });
      results.push(graph.relations.map((_, i) => graph.relation(i)));
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  it('weighs events and lets them fade, in the scores alone', async () => {
    // Two users share items 0 and 1, the second a half-life (10 s) before the last event of all.
    const users: Events = [[[0, 100], [1, 100]], [[0, 90], [1, 90]]]; // biome-ignore format: two users
    const build = (options: object) =>
      buildItemGraph(histories(users), { typeOffsets: Uint32Array.of(0, 2) }, options);
    using faded = await build({ prune: { score: 'count' }, halfLife: 10 });
    expect(faded.relation(0)).toMatchObject({
      counts: Uint32Array.of(2, 2),
      scores: Float32Array.of(1.5, 1.5),
    });
    using later = await build({ prune: { score: 'count' }, halfLife: 10, now: 110 });
    expect(later.relation(0).scores).toEqual(Float32Array.of(0.75, 0.75));
    using weighed = await build({ prune: { score: 'count' }, weights: Float32Array.of(1, 0.5, 2, 3) });
    expect(weighed.relation(0).scores).toEqual(Float32Array.of(6.5, 6.5));
    using cosine = await build({ prune: { score: 'cosine' }, weights: Float32Array.of(1, 0.5, 2, 3) });
    expect(cosine.relation(0).scores![0]).toBeCloseTo(6.5 / Math.sqrt(5 * 9.25), 6);
    expect(await codeOf(() => build({ halfLife: 10 }))).toBe('ERR_VALUE');
    expect(await codeOf(() => build({ prune: {}, halfLife: 0 }))).toBe('ERR_RANGE');
    expect(await codeOf(() => build({ prune: {}, weights: Float32Array.of(1) }))).toBe('ERR_SHAPE');
    expect(await codeOf(() => build({ prune: {}, weights: Float32Array.of(1, 1, 1, -1) }))).toBe('ERR_VALUE');
    expect(await codeOf(() => build({ prune: {}, weights: Float64Array.of(1, 1, 1, 1) }))).toBe('ERR_DTYPE');
  });

  it('writes a file within a memory budget, the same that save() writes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cohear-build-'));
    try {
      const users: Events = Array.from({ length: 2000 }, (_, u) =>
        Array.from({ length: u % 30 }, (_, e) => [(u * 7 + e * e * 3) % 900, e]),
      );
      const catalogue = { typeOffsets: Uint32Array.of(0, 300, 900) };
      const [file, saved] = [join(folder, 'built'), join(folder, 'saved')];
      using built = await buildItemGraph(histories(users), catalogue, { file, memoryBudget: 1_500_000 });
      using whole = await buildItemGraph(histories(users), catalogue);
      await whole.save(saved);
      expect((await readFile(file)).equals(await readFile(saved))).toBe(true);
      expect(built.edges).toBe(whole.edges);
      const run = (options: object) => codeOf(() => buildItemGraph(histories(users), catalogue, options));
      expect(await run({ file, memoryBudget: 10 })).toBe('ERR_MEMORY');
      expect(await run({ file: join(folder, 'no/where') })).toBe('ERR_IO');
      expect(await run({ memoryBudget: 1e9 })).toBe('ERR_VALUE');
      expect((await readdir(folder)).sort()).toEqual(['built', 'saved']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('takes empty histories and an empty catalogue', async () => {
    using none = await buildItemGraph(histories([]), { typeOffsets });
    expect(none).toMatchObject({ edges: 0, users: 0, nodes: 9 });
    using empty = await buildItemGraph(histories([[], []]), { typeOffsets: Uint32Array.of(0, 0) });
    expect(empty).toMatchObject({ edges: 0, nodes: 0 });
  });

  it('reports progress and stops when asked', async () => {
    const events: ProgressEvent[] = [];
    const users: Events = [[[0, 1], [1, 1]]]; // biome-ignore format: one user
    (
      await buildItemGraph(histories(users), { typeOffsets }, { onProgress: (event) => events.push(event) })
    ).close();
    expect(events.at(-1)).toEqual({ task: 'graph', done: 9, total: 9, unit: 'items' });
    const aborted = AbortSignal.abort();
    expect(await codeOf(() => buildItemGraph(histories(users), { typeOffsets }, { signal: aborted }))).toBe(
      'ERR_CANCELLED',
    );
    // Long enough (4 million pairs a user) not to be over before the abort reaches it.
    const wide: Events = Array.from({ length: 40 }, () => Array.from({ length: 2000 }, (_, i) => [i, 0]));
    const stop = new AbortController();
    const running = buildItemGraph(
      histories(wide),
      { typeOffsets: Uint32Array.of(0, 2000) },
      { signal: stop.signal },
    );
    stop.abort();
    expect(await codeOf(() => running)).toBe('ERR_CANCELLED');
  });

  const good = () => histories([[[0, 1], [8, 2]], [[3, 1]]]); // biome-ignore format: two users
  it.each<[string, string, (h: GraphHistories) => unknown]>([
    ['offsets of the wrong type', 'ERR_DTYPE', (h) => ({ ...h, offsets: Uint32Array.of(0, 2, 3) })],
    ['items of the wrong type', 'ERR_DTYPE', (h) => ({ ...h, item: Int32Array.from(h.item) })],
    ['times of the wrong type', 'ERR_DTYPE', (h) => ({ ...h, time: Float32Array.from(h.time) })],
    ['plain arrays', 'ERR_DTYPE', (h) => ({ ...h, item: [0, 8, 3] })],
    ['no items', 'ERR_DTYPE', (h) => ({ ...h, item: undefined })],
    ['empty offsets', 'ERR_SHAPE', (h) => ({ ...h, offsets: new BigUint64Array(0) })],
    ['offsets that fall', 'ERR_VALUE', (h) => ({ ...h, offsets: BigUint64Array.of(0n, 4n, 3n) })],
    [
      'offsets past the events',
      'ERR_SHAPE',
      (h) => ({ ...h, offsets: BigUint64Array.of(0n, 2n, 1n << 62n) }),
    ],
    ['an item outside the catalogue', 'ERR_RANGE', (h) => ({ ...h, item: Uint32Array.of(0, 9, 3) })],
    ['fewer times than items', 'ERR_SHAPE', (h) => ({ ...h, time: Float64Array.of(1, 2) })],
    ['times that fall', 'ERR_VALUE', (h) => ({ ...h, time: Float64Array.of(2, 1, 1) })],
    ['a time that is NaN', 'ERR_VALUE', (h) => ({ ...h, time: Float64Array.of(1, Number.NaN, 1) })],
  ])('refuses %s', async (_, code, change) => {
    expect(await codeOf(() => buildItemGraph(good(), { typeOffsets }))).toBe('no error');
    expect(await codeOf(() => buildItemGraph(change(good()) as never, { typeOffsets }))).toBe(code);
  });

  it('refuses detached arrays and options of no use', async () => {
    const detached = good();
    detach(detached.item);
    expect(await codeOf(() => buildItemGraph(detached, { typeOffsets }))).toBe('ERR_VALUE');
    const options = (value: object) => codeOf(() => buildItemGraph(good(), { typeOffsets }, value));
    expect(await options({ minCount: 0 })).toBe('ERR_RANGE');
    expect(await options({ maxHistory: -1 })).toBe('ERR_RANGE');
    expect(await options({ maxHistory: 1.5 })).toBe('ERR_RANGE');
    expect(await options({ maxHistory: '5' })).toBe('ERR_DTYPE');
    expect(await options({ prune: { topK: -1 } })).toBe('ERR_RANGE');
    expect(await options({ prune: { score: 'jaccard' } })).toBe('ERR_VALUE');
  });

  it('does not see what happens to its arrays afterwards', async () => {
    const given = good();
    const running = buildItemGraph(given, { typeOffsets });
    detach(given.item);
    using graph = await running;
    expect(graph.edges).toBe(2);
  });
});
