import { describe, expect, test } from 'vitest';
import { als, bpr, ease, gfCf, type Recommender } from '../../lib/evaluation/index.js';
import { setThreads, threads } from '../../lib/native/index.js';
import { historiesOf, randomPlatform } from './platform.js';

/** Users 0 to 3 take items 0 to 3, users 4 to 7 items 4 to 7, each all but their own number; user 8 nothing. */
const blocks = historiesOf([
  ...Array.from({ length: 8 }, (_, u) => [0, 1, 2, 3].map((i) => (u < 4 ? i : i + 4)).filter((i) => i !== u)),
  [],
]);
const items = 9; // the last is nobody's
const of = { history: blocks, items, seed: 1 };
const makers: [string, () => Promise<Recommender>][] = [
  ['ease', () => ease({ ...of, l2: 1 })],
  ['gf-cf', () => gfCf({ ...of, rank: 2 })],
  ['als', () => als({ ...of, factors: 2, confidence: 5 })],
  ['bpr', () => bpr({ ...of, factors: 4, epochs: 30, batch: 8, learningRate: 0.02 })],
];

describe.each(makers)('%s', (name, make) => {
  test('scores items of the own block above those of the other, a user without history all alike', async () => {
    const system = await make();
    expect(system.name).toBe(name);
    const out = new Float32Array(3 * items).fill(7);
    await system.score(Uint32Array.of(6, 8, 1), out);
    const [six, none, one] = [0, 1, 2].map((k) => Array.from(out.subarray(k * items, (k + 1) * items)));
    expect(Math.min(...one!.slice(0, 4))).toBeGreaterThan(Math.max(...one!.slice(4)));
    expect(Math.min(...six!.slice(4, 8))).toBeGreaterThan(Math.max(...six!.slice(0, 4), six![8]!));
    if (name !== 'bpr') expect(new Set(none!.map((x) => x + 0))).toEqual(new Set([0])); // bpr leaves its start
  });

  test('gives the same scores over shared memory and at any number of threads', async () => {
    const before = threads();
    const results: Float32Array[] = [];
    for (const count of [1, 2, 7]) {
      setThreads(count);
      const plain = new Float32Array(9 * items);
      const shared = new Float32Array(new SharedArrayBuffer(plain.byteLength));
      const system = await make();
      for (const out of [plain, shared]) await system.score(Uint32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8), out);
      expect(Array.from(shared)).toEqual(Array.from(plain));
      results.push(plain);
    }
    setThreads(before);
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  test('refuses users that do not exist and scores that do not fit', async () => {
    const system = await make();
    await expect(system.score(Uint32Array.of(9), new Float32Array(items))).rejects.toMatchObject({
      code: 'ERR_RANGE',
    });
    await expect(system.score(Uint32Array.of(1), new Float32Array(items - 1))).rejects.toMatchObject({
      code: 'ERR_SHAPE',
    });
  });
});

test('gf-cf is the sum of its two filters', async () => {
  const { history } = randomPlatform(3, 30, 25);
  const scores = async (weight: number) => {
    const out = new Float32Array(30 * 25);
    const system = await gfCf({ history, items: 25, rank: 5, weight, seed: 1 });
    await system.score(
      Uint32Array.from({ length: 30 }, (_, u) => u),
      out,
    );
    return out;
  };
  const [linear, one, two] = [await scores(0), await scores(1), await scores(2)];
  for (let i = 0; i < linear.length; i++)
    expect(two[i]! - linear[i]!).toBeCloseTo(2 * (one[i]! - linear[i]!), 5);
});

test('what cannot be learnt is refused, long work can be stopped', async () => {
  await expect(ease({ ...of, l2: 0 })).rejects.toMatchObject({ code: 'ERR_RANGE' });
  await expect(ease({ ...of, maxBytes: 100 })).rejects.toMatchObject({
    code: 'ERR_MEMORY',
    message: expect.stringMatching(/8 x 8/),
  });
  await expect(als({ ...of, factors: 0 })).rejects.toMatchObject({ code: 'ERR_RANGE' });
  await expect(gfCf({ ...of, rank: 0 })).rejects.toMatchObject({ code: 'ERR_RANGE' });
  const signal = AbortSignal.abort();
  await expect(bpr(of, { signal })).rejects.toMatchObject({ code: 'ERR_CANCELLED' });
});
