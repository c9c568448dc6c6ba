import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { setThreads, threads } from '../../lib/native/index.js';
import {
  createGraph,
  linkLoader,
  type MessageFlow,
  neighborLoader,
  type SampleOptions,
  sampleBlocks,
  sampleBlocksSync,
  sampleLinkBatchSync,
  splitEdgesSync,
} from '../../lib/sampler/index.js';
import { codeOf } from './graphs.js';

const before = threads();
afterAll(() => setThreads(before));

/** A star: nodes 1 to 8 lead to node 0, with scores and times equal to their number; 8 came to be at 100. */
const star = createGraph({
  nodes: 9,
  nodeTimes: Float64Array.of(0, 0, 0, 0, 0, 0, 0, 0, 100),
  relations: [
    {
      sources: Uint32Array.of(1, 2, 3, 4, 5, 6, 7, 8),
      destinations: new Uint32Array(8),
      scores: Float32Array.of(1, 2, 3, 4, 5, 6, 0, 8),
      lastTimes: Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    },
  ],
});
const neighboursOf = (out: MessageFlow) => [...out.blocks[0]![0]!.indices].map((p) => out.nodes[0]![p]!);
const draw = (options: Omit<SampleOptions, 'seed'> & { seed?: number }) =>
  neighboursOf(sampleBlocksSync(star, Uint32Array.of(0), { seed: 1, ...options }));

describe('modes', () => {
  it('sees only what is strictly older, nodes included', () => {
    expect(draw({ fanouts: [-1], before: 4 })).toEqual([1, 2, 3]);
    expect(draw({ fanouts: [-1], before: 50 })).toEqual([1, 2, 3, 4, 5, 6, 7]); // node 8 is not there yet
    expect(draw({ fanouts: [-1], before: Number.POSITIVE_INFINITY })).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(draw({ fanouts: [-1], before: Number.NEGATIVE_INFINITY })).toEqual([]);
  });

  it('takes the latest', () => {
    expect(draw({ fanouts: [3], before: 6, recent: true })).toEqual([3, 4, 5]);
    expect(draw({ fanouts: [3], before: Number.POSITIVE_INFINITY, recent: true })).toEqual([6, 7, 8]);
  });

  it('draws by score, never what has none, and with replacement as often as asked', () => {
    expect(draw({ fanouts: [-1], weighted: true })).toEqual([1, 2, 3, 4, 5, 6, 8]);
    const counts = new Array(9).fill(0);
    for (let seed = 0; seed < 200; seed++) {
      const got = draw({ fanouts: [29], weighted: true, replace: true, before: 6, seed });
      expect(got.length).toBe(29);
      for (const u of got) counts[u]++;
    }
    for (let u = 1; u <= 5; u++) {
      const expected = (29 * 200 * u) / 15;
      expect(Math.abs(counts[u] - expected)).toBeLessThan(5 * Math.sqrt(expected));
    }
    expect(counts.slice(6)).toEqual([0, 0, 0]);
  });

  it('keeps trees apart, each with its own time', () => {
    const out = sampleBlocksSync(star, Uint32Array.of(0, 0), {
      fanouts: [-1],
      seed: 1,
      disjoint: true,
      before: Float64Array.of(3, 5),
    });
    expect(out.nodes[0]).toEqual(Uint32Array.of(0, 0, 1, 2, 1, 2, 3, 4));
    expect(out.trees![0]).toEqual(Uint32Array.of(0, 1, 0, 0, 1, 1, 1, 1));
    expect(out.seedPositions).toEqual(Uint32Array.of(0, 1));
    expect(out.blocks[0]![0]!.offsets).toEqual(BigUint64Array.of(0n, 2n, 6n));
  });

  it('gives the same at any number of threads, at once or in the background', async () => {
    const edges = { sources: new Uint32Array(6000), destinations: new Uint32Array(6000) };
    for (let e = 0; e < 6000; e++) {
      edges.sources[e] = (e * 7919) % 500;
      edges.destinations[e] = (e * e * 31 + e) % 500;
    }
    const scores = Float32Array.from(edges.sources, (s) => 1 + (s % 9));
    const lastTimes = Float64Array.from(edges.destinations, (d, e) => (d * 13 + e) % 100);
    const graph = createGraph({ nodes: 500, relations: [{ ...edges, scores, lastTimes }] });
    const flag = fc.boolean();
    await fc.assert(
      fc.asyncProperty(flag, flag, flag, flag, fc.nat(), async (weighted, replace, disjoint, timed, seed) => {
        const options = { fanouts: [5, 3], weighted, replace, disjoint, seed, ...(timed && { before: 60 }) };
        const seeds = Uint32Array.from({ length: 70 }, (_, i) => (i * 11) % 500);
        setThreads(1);
        const want = sampleBlocksSync(graph, seeds, options);
        for (const count of [2, 7]) {
          setThreads(count);
          expect(await sampleBlocks(graph, seeds, options)).toEqual(want);
        }
      }),
      { numRuns: 24 },
    );
  });

  it('goes through the loaders and the link batch', async () => {
    const seeds = new Uint32Array(6);
    const times = Float64Array.of(1, 2, 3, 4, 5, 6);
    const degrees: number[] = [];
    for await (const batch of neighborLoader({
      graph: star,
      seeds,
      batch: 4,
      fanouts: [-1],
      seed: 1,
      shuffle: true,
      disjoint: true,
      before: times,
    })) {
      const { offsets } = batch.blocks[0]![0]!;
      batch.order.forEach((place, i) => {
        degrees[place] = Number(offsets[i + 1]! - offsets[i]!);
      });
    }
    expect(degrees).toEqual([0, 1, 2, 3, 4, 5]);
    const links = { anchors: Uint32Array.of(0, 0), positives: Uint32Array.of(1, 2) };
    const options = { graph: star, fanouts: [-1], negatives: 1, seed: 1, disjoint: true };
    const single = sampleLinkBatchSync(links, { ...options, before: Float64Array.of(3, 6) });
    // The batch's links, 0-1 and 0-2, are left out of every tree: the first has nothing else before 3.
    expect(neighboursOf(single)).toEqual([3, 4, 5]);
    const batches = [];
    for await (const batch of linkLoader({
      ...options,
      supervision: links,
      batch: 1,
      before: Float64Array.of(3, 6),
    })) {
      batches.push(neighboursOf(batch));
    }
    expect(batches).toEqual([[2], [1, 3, 4, 5]]);
  });

  it('keeps node times through a split', () => {
    const { train } = splitEdgesSync(star, { fraction: 0, seed: 1 });
    const out = sampleBlocksSync(train, Uint32Array.of(0), { fanouts: [-1], seed: 1, before: 50 });
    expect(neighboursOf(out)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('refuses what it cannot do, saying why', async () => {
    const of = (more: object, graph = star) =>
      codeOf(() =>
        sampleBlocksSync(graph, Uint32Array.of(0, 1), { fanouts: [2], seed: 1, ...more } as SampleOptions),
      );
    expect(await of({ recent: true })).toBe('ERR_VALUE');
    expect(await of({ recent: true, replace: true, before: 3 })).toBe('ERR_VALUE');
    expect(await of({ before: Number.NaN })).toBe('ERR_VALUE');
    expect(await of({ before: Float64Array.of(1, 2) })).toBe('ERR_SHAPE'); // trees share their nodes
    expect(await of({ before: Float64Array.of(1, 2, 3), disjoint: true })).toBe('ERR_SHAPE');
    expect(await of({ before: [1, 2], disjoint: true })).toBe('ERR_DTYPE');
    expect(await of({ weighted: 1 })).toBe('ERR_DTYPE');
    const bare = createGraph({
      nodes: 2,
      relations: [{ sources: Uint32Array.of(1), destinations: Uint32Array.of(0) }],
    });
    expect(await of({ weighted: true }, bare)).toBe('ERR_VALUE');
    expect(await of({ before: 3 }, bare)).toBe('ERR_VALUE');
    expect(await codeOf(() => createGraph({ nodes: 2, nodeTimes: Float64Array.of(1), relations: [] }))).toBe(
      'ERR_SHAPE',
    );
    const load = (more: object) =>
      codeOf(
        () =>
          void neighborLoader({
            graph: star,
            seeds: Uint32Array.of(0),
            batch: 1,
            fanouts: [1],
            seed: 1,
            ...more,
          }),
      );
    expect(await load({ before: Float64Array.of(1, 2) })).toBe('ERR_SHAPE');
    const link = (more: object) =>
      codeOf(
        () => void linkLoader({ graph: star, supervision: star, batch: 1, fanouts: [1], seed: 1, ...more }),
      );
    expect(await link({ before: Float64Array.of(1, 2) })).toBe('ERR_SHAPE');
  });
});
