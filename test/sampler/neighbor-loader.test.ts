import { describe, expect, it } from 'vitest';
import { setThreads, threads } from '../../lib/native/index.js';
import {
  type LoadedBlocks,
  type NeighborLoaderOptions,
  neighborLoader,
  sampleBlocksSync,
} from '../../lib/sampler/index.js';
import { codeOf, graphOf, randomPairs } from './graphs.js';

const graph = graphOf([0, 60, 300], randomPairs(300, 0.08, 3));
const seeds = Uint32Array.from({ length: 250 }, (_, i) => (i * 7) % 300);
const options: NeighborLoaderOptions = { graph, seeds, batch: 64, fanouts: [4, 3], seed: 1 };

const all = async (given: NeighborLoaderOptions): Promise<LoadedBlocks[]> => {
  const batches = [];
  for await (const batch of neighborLoader(given)) batches.push(batch);
  return batches;
};

describe('neighborLoader', () => {
  it('goes through the seeds in their order', async () => {
    const batches = await all(options);
    expect(batches.map(({ step, steps }) => [step, steps])).toEqual([0, 1, 2, 3].map((s) => [s, 4]));
    expect(batches.flatMap((b) => [...b.seeds])).toEqual([...seeds]);
    expect(batches.flatMap((b) => [...b.order])).toEqual([...seeds.keys()]);
    for (const batch of batches) {
      const starts = batch.nodes.flatMap((nodes, t) => [...nodes.subarray(0, batch.counts[0]![t])]);
      expect([...batch.seedPositions].map((p) => starts[p])).toEqual([...batch.seeds]);
    }
    expect(await all({ ...options, seeds: new Uint32Array() })).toEqual([]);
  });

  it('shuffles anew each epoch, every seed once', async () => {
    const [first, again, second] = await Promise.all(
      [0, 0, 1].map((epoch) => all({ ...options, shuffle: true, epoch })),
    );
    const orders = [first, second].map((batches) => batches!.flatMap((b) => [...b.order]));
    expect(again).toEqual(first);
    expect(orders[0]).not.toEqual(orders[1]);
    for (const order of orders) expect([...order].sort((a, b) => a - b)).toEqual([...seeds.keys()]);
    for (const batch of first!) expect([...batch.seeds]).toEqual([...batch.order].map((i) => seeds[i]));
  });

  it('gives the same batches at any prefetch depth and number of threads', async () => {
    const before = threads();
    const want = await all(options);
    for (const [count, prefetch] of [
      [1, 0],
      [2, 5],
      [7, 64],
    ] as const) {
      setThreads(count);
      expect(await all({ ...options, prefetch })).toEqual(want);
    }
    setThreads(before);
    const drawn = (batch: LoadedBlocks) => ({ nodes: batch.nodes, blocks: batch.blocks });
    const plain = sampleBlocksSync(graph, seeds.slice(0, 64), { fanouts: [4, 3], seed: 1 });
    expect(drawn(want[0]!)).not.toEqual(drawn(plain as LoadedBlocks)); // an epoch has a seed of its own
  });

  it('stops on an abort, and tells an error once, at its batch', async () => {
    const controller = new AbortController();
    let seen = 0;
    const code = await codeOf(async () => {
      for await (const _ of neighborLoader({ ...options, signal: controller.signal })) {
        if (++seen === 2) controller.abort();
      }
    });
    expect([code, seen]).toEqual(['ERR_CANCELLED', 2]);
    const unhandled: unknown[] = [];
    const listen = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', listen);
    const bad = Uint32Array.of(1, 999, 998, 997);
    const loader = neighborLoader({ ...options, seeds: bad, batch: 1, prefetch: 4 });
    expect((await loader.next()).value?.step).toBe(0);
    expect(await codeOf(() => loader.next())).toBe('ERR_RANGE');
    expect(await loader.next()).toEqual({ done: true, value: undefined });
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
  });

  it('refuses bad options at the call', async () => {
    const call = (more: object) => codeOf(() => void neighborLoader({ ...options, ...more }));
    expect(await call({ batch: 0 })).toBe('ERR_RANGE');
    expect(await call({ prefetch: 65 })).toBe('ERR_RANGE');
    expect(await call({ fanouts: [-2] })).toBe('ERR_RANGE');
    expect(await call({ seeds: [1, 2] })).toBe('ERR_DTYPE');
    expect(await call({ shuffle: true, epoch: -1 })).toBe('ERR_RANGE');
  });
});
