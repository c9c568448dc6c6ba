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
