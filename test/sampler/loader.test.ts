import { describe, expect, it } from 'vitest';
import {
  balancedEpochSync,
  type LinkLoaderOptions,
  type LoadedBatch,
  linkLoader,
  sampleBlocksSync,
  sampleLinkBatch,
  sampleLinkBatchSync,
  sampleNegativesSync,
} from '../../lib/sampler/index.js';
import { codeOf, graphOf, randomPairs } from './graphs.js';

const pairs = randomPairs(300, 0.08, 3);
const make = () => graphOf([0, 60, 300], pairs);
const full = make();
const pruned = graphOf(
  [0, 60, 300],
  pairs.filter(([u, v]) => (u + v) % 2 === 0),
);
const options: LinkLoaderOptions = {
  graph: pruned,
  full,
  supervision: full,
  batch: 100,
  negatives: 2,
  fanouts: [4, 3],
  seed: 1,
};

const all = async (given: LinkLoaderOptions): Promise<LoadedBatch[]> => {
  const batches = [];
  for await (const batch of linkLoader(given)) batches.push(batch);
  return batches;
};

describe('sampleLinkBatch', () => {
  const links = { anchors: Uint32Array.of(1, 70), positives: Uint32Array.of(80, 2) };

  it('is its parts put together', async () => {
    const batch = await sampleLinkBatch(links, {
      graph: pruned,
      full,
      fanouts: [4, 3],
      negatives: 3,
      seed: 5,
      step: 2,
    });
    const { negatives } = sampleNegativesSync(full, links, { count: 3, seed: 5, step: 2 });
    expect(batch.negatives).toEqual(negatives);
    const seeds = Uint32Array.of(...links.anchors, ...links.positives, ...negatives);
    const blocks = sampleBlocksSync(pruned, seeds, { fanouts: [4, 3], seed: 5, step: 2, exclude: links });
    expect(batch).toMatchObject({
      nodes: blocks.nodes,
      counts: blocks.counts,
      blocks: blocks.blocks,
      ...links,
    });
    expect([...batch.anchorPositions, ...batch.positivePositions, ...batch.negativePositions]).toEqual([
      ...blocks.seedPositions,
    ]);
    expect(
      sampleLinkBatchSync(links, { graph: pruned, full, fanouts: [4, 3], negatives: 3, seed: 5, step: 2 }),
    ).toEqual(batch);
  });

  it('refuses graphs of different catalogues', async () => {
    const other = graphOf([0, 61, 300], []);
    expect(
      await codeOf(() => sampleLinkBatch(links, { graph: pruned, full: other, fanouts: [1], seed: 1 })),
    ).toBe('ERR_SHAPE');
  });
});

describe('linkLoader', () => {
  it('goes through every link of the epoch once', async () => {
    const batches = await all(options);
    const epoch = balancedEpochSync(full, { seed: 1 });
    expect(batches.length).toBe(Math.ceil(epoch.anchors.length / 100));
    expect(batches.map((b) => b.step)).toEqual(batches.map((_, i) => i));
    expect(batches[0]!.steps).toBe(batches.length);
    expect(batches.flatMap((b) => [...b.anchors])).toEqual([...epoch.anchors]);
    expect(batches.flatMap((b) => [...b.positives])).toEqual([...epoch.positives]);
    for (const batch of batches) {
      const starts = batch.nodes.flatMap((nodes, t) => [...nodes.subarray(0, batch.counts[0]![t])]);
      expect([...batch.negativePositions].map((p) => starts[p])).toEqual([...batch.negatives]);
    }
  });

  it('gives the same batches at any prefetch depth, others in another epoch', async () => {
    const want = await all(options);
    for (const prefetch of [0, 1, 5, 64]) expect(await all({ ...options, prefetch })).toEqual(want);
    expect((await all({ ...options, epoch: 1 }))[0]!.negatives).not.toEqual(want[0]!.negatives);
  });

  it('takes given links in their order', async () => {
    const supervision = { anchors: Uint32Array.of(1, 2, 3), positives: Uint32Array.of(100, 101, 102) };
    const batches = await all({ ...options, supervision, batch: 2 });
    expect(batches.map((b) => [...b.anchors])).toEqual([[1, 2], [3]]);
    const none = { anchors: new Uint32Array(), positives: new Uint32Array() };
    expect(await all({ ...options, supervision: none })).toEqual([]);
  });

  it('stops on an abort, before and during the loop', async () => {
    const controller = new AbortController();
    let seen = 0;
    const code = await codeOf(async () => {
      for await (const _ of linkLoader({ ...options, signal: controller.signal })) {
        if (++seen === 2) controller.abort();
      }
    });
    expect([code, seen]).toEqual(['ERR_CANCELLED', 2]);
    expect(await codeOf(() => all({ ...options, signal: AbortSignal.abort() }))).toBe('ERR_CANCELLED');
  });

  it('tells an error once, at its batch, and leaves none unhandled', async () => {
    const unhandled: unknown[] = [];
    const listen = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', listen);
    const anchors = Uint32Array.of(1, 2, 999, 998, 997);
    const supervision = { anchors, positives: Uint32Array.of(100, 101, 102, 103, 104) };
    const loader = linkLoader({ ...options, supervision, batch: 1, prefetch: 4 });
    expect((await loader.next()).value?.step).toBe(0);
    expect((await loader.next()).value?.step).toBe(1);
    expect(await codeOf(() => loader.next())).toBe('ERR_RANGE');
    expect(await loader.next()).toEqual({ done: true, value: undefined });
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
  });

  it('can be left early, and its graph closed at once', async () => {
    const graph = make();
    for await (const batch of linkLoader({
      ...options,
      graph,
      full: graph,
      supervision: graph,
      prefetch: 8,
    })) {
      expect(batch.step).toBe(0);
      break;
    }
    graph.close();
    expect(graph.closed).toBe(true);
  });

  it('refuses bad options at the call', async () => {
    const call = (more: object) => codeOf(() => void linkLoader({ ...options, ...more }));
    expect(await call({ batch: 0 })).toBe('ERR_RANGE');
    expect(await call({ batch: Number.NaN })).toBe('ERR_RANGE');
    expect(await call({ prefetch: -1 })).toBe('ERR_RANGE');
    expect(await call({ fanouts: [0.5] })).toBe('ERR_RANGE');
    expect(await call({ supervision: { anchors: Uint32Array.of(1), positives: new Uint32Array() } })).toBe(
      'ERR_SHAPE',
    );
    expect(await codeOf(() => all({ ...options, supervision: {} as never }))).toBe('ERR_DTYPE');
  });
});
