import { describe, expect, test } from 'vitest';
import { matrix } from '../../lib/artifacts/index.js';
import {
  type EvaluateOptions,
  type Evaluation,
  evaluate,
  METRICS,
  type Slice,
  type SystemResult,
  vectorRecommender,
} from '../../lib/evaluation/index.js';
import { setThreads, threads } from '../../lib/native/index.js';
import { below, normal, uniform } from '../../lib/random/index.js';
import { catalogueOf, historiesOf, judgedOf, type Platform, randomPlatform, systemOf } from './platform.js';
import { referenceSlice } from './reference.js';

const pick = (evaluation: Evaluation, wanted: Partial<SystemResult>): SystemResult[] =>
  evaluation.systems.filter((result) =>
    Object.entries(wanted).every(([key, value]) => result[key as keyof SystemResult] === value),
  );
const WHOLE = { users: 'all', items: 'all', candidates: 'all' } as const;

describe('by hand', () => {
  // Items 0 1 2 are of type t0, items 3 4 of t1. User 0 has seen 0, user 1 has seen 3, user 2 nothing.
  const lists = [[0], [3], []];
  const catalogue = catalogueOf(3, 2);
  const judged = judgedOf([
    [0, 2],
    [0, 3],
    [1, 1],
    [2, 4],
  ]);
  const scores = [9, 5, 5, 5, 1]; // the same for every user
  const options = (extra: Partial<EvaluateOptions> = {}): EvaluateOptions => ({
    catalogue,
    history: historiesOf(lists),
    judged,
    systems: [systemOf('popularity', 5, (_, item) => scores[item]!)],
    seed: 1,
    bootstrap: 100,
    ...extra,
  });

  test('a rank is 1 + higher scored + half of the ties, the history left out', async () => {
    const evaluation = await evaluate(options());
    // All types. User 0: candidates 1 2 3 (all 5) and 4: items 2 and 3 have rank 2. User 1: 0 (9), 1 2 (5), 4:
    // item 1 has rank 2.5. User 2: item 4 is below all: rank 5.
    const [all] = pick(evaluation, { scope: 'all', ...WHOLE });
    expect(all!.n_users).toBe(3);
    expect(all!.metrics.mrr.value).toBeCloseTo((1 / 2 + 1 / 2.5 + 1 / 5) / 3, 12);
    const two = 1 / Math.log2(3);
    const ndcg = [(2 * two) / (1 + two), 1 / Math.log2(3.5), 1 / Math.log2(6)];
    expect(all!.metrics['ndcg@10'].value).toBeCloseTo((ndcg[0]! + ndcg[1]! + ndcg[2]!) / 3, 12);
    // Type t0. User 0: 1 2 tie: 1.5. User 1: 0 above, 1 2 tie: 2.5.
    const [t0] = pick(evaluation, { scope: 't0', ...WHOLE });
    expect(t0!.n_users).toBe(2);
    expect(t0!.metrics.mrr.value).toBeCloseTo((1 / 1.5 + 1 / 2.5) / 2, 12);
    // Type t1. User 0: 3 above 4: 1. User 2: 2.
    expect(pick(evaluation, { scope: 't1', ...WHOLE })[0]!.metrics.mrr.value).toBeCloseTo(
      (1 + 1 / 2) / 2,
      12,
    );
    // Lists of 10 hold everything that is left: all five items in all types.
    expect(all!.metrics['coverage@10'].value).toBe(1);
  });

  test('users are warm for a type with a history in it, items by the users of their history', async () => {
    const evaluation = await evaluate(options());
    const users = (wanted: Partial<SystemResult>) => pick(evaluation, wanted)[0]?.n_users;
    expect(users({ scope: 'all', users: 'warm', items: 'all' })).toBe(2);
    expect(users({ scope: 'all', users: 'cold', items: 'all' })).toBe(1);
    expect(users({ scope: 't0', users: 'warm', items: 'all' })).toBe(1);
    expect(users({ scope: 't0', users: 'cold', items: 'all' })).toBe(1);
    expect(users({ scope: 't1', users: 'warm', items: 'all' })).toBe(undefined); // user 1 has nothing judged in t1
    // Items 0 and 3 have one user, the others none: of what is judged only item 3 is warm, and it is tail.
    expect(users({ scope: 'all', users: 'all', items: 'warm' })).toBe(1);
    expect(users({ scope: 'all', users: 'all', items: 'tail' })).toBe(1);
    expect(users({ scope: 'all', users: 'all', items: 'cold', candidates: 'all' })).toBe(3);
    // Cold items among themselves: 1 2 (5) and 4 (1). User 0: item 2 ties with 1: 1.5. User 1: 1.5. User 2: 3.
    const [cold] = pick(evaluation, { scope: 'all', users: 'all', candidates: 'cold' });
    expect(cold!.metrics.mrr.value).toBeCloseTo((2 / 1.5 + 1 / 3) / 3, 12);
    expect(pick(evaluation, { candidates: 'cold' }).every(({ items }) => items === 'cold')).toBe(true);
  });

  test('an item that came back in a history counts once per user', async () => {
    const many = historiesOf([[0, 0, 0, 0, 0, 0, 0], [3], []]);
    const judgedZero = judgedOf([[1, 0]]);
    const evaluation = await evaluate(options({ history: many, judged: judgedZero }));
    expect(pick(evaluation, { scope: 'all', users: 'all', items: 'tail' })).toHaveLength(1);
  });

  test('what cannot be judged is refused', async () => {
    const refused = async (extra: Partial<EvaluateOptions>, code: string, text: RegExp) =>
      expect(evaluate(options(extra))).rejects.toMatchObject({ code, message: expect.stringMatching(text) });
    await refused({ judged: judgedOf([[0, 0]]) }, 'ERR_VALUE', /item 0 is in the history of user 0/);
    await refused({ judged: judgedOf([]) }, 'ERR_VALUE', /no pair/);
    await refused({ judged: judgedOf([[3, 1]]) }, 'ERR_RANGE', /user 3/);
    await refused({ judged: judgedOf([[0, 5]]) }, 'ERR_RANGE', /item 5/);
    for (const pair of [
      [0, 2],
      [0, 1],
    ] as const)
      await refused({ judged: judgedOf([[0, 2], pair]) }, 'ERR_VALUE', /order/);
    await refused(
      { judged: { user: Uint32Array.of(0), item: Uint32Array.of() } },
      'ERR_SHAPE',
      /1 users and 0 items/,
    );
    await refused({ history: historiesOf([[0], [3], [9]]) }, 'ERR_RANGE', /user 2 holds item 9/);
    const nan = systemOf('llm-knn', 5, (user, item) => (user === 1 && item === 4 ? Number.NaN : 0));
    await refused({ systems: [nan] }, 'ERR_VALUE', /llm-knn scored item 4 NaN for user 1/);
    const same = systemOf('2t', 5, () => 0);
    await refused({ systems: [same, same] }, 'ERR_VALUE', /two systems are called 2t/);
    await refused({ bootstrap: 0 }, 'ERR_RANGE', /bootstrap/);
    await refused({ userBatch: 0 }, 'ERR_RANGE', /userBatch/);
    await refused({ signal: AbortSignal.abort() }, 'ERR_CANCELLED', /stopped/);
    const all = { ...catalogue, types: ['all', 't1'] };
    await refused({ catalogue: all }, 'ERR_VALUE', /"all"/);
  });
});

describe('against the protocol, literally', () => {
  const platforms: [string, Platform][] = [
    ['two types', randomPlatform(1, 60, 40, 25)],
    ['one type', randomPlatform(2, 40, 30)],
    ['four types, one of a single item', randomPlatform(3, 50, 12, 1, 30, 20)],
  ];
  test.each(platforms)('%s', async (_, platform) => {
    const n = platform.catalogue.size;
    const systems = [
      systemOf('llm-knn', n, (user, item) => below(6, 5, user, item)), // many ties
      systemOf('2t', n, (user, item) => uniform(7, user, item) - 0.5),
      systemOf('popularity', n, () => 0), // nothing but ties
      systemOf('item-knn', n, (user, item) =>
        item % 3 === 0 ? Number.NEGATIVE_INFINITY : below(3, 9, user, item),
      ),
    ];
    const evaluation = await evaluate({ ...platform, systems, seed: 3, bootstrap: 20, userBatch: 7 });
    const ITEMS = ['all', 'warm', 'tail', 'cold'] as const;
    const TIERS = ['tier-1', 'tier-2', 'tier-3', 'tier-4', 'tier-5'] as const;
    const slices: Slice[] = [];
    for (const scope of ['all', ...platform.catalogue.types])
      for (const users of ['all', 'warm', 'cold'] as const)
        for (const items of users === 'all' ? [...ITEMS, ...TIERS] : ITEMS)
          for (const candidates of items === 'cold' ? (['all', 'cold'] as const) : (['all'] as const))
            slices.push({ scope, users, items, candidates });
    let found = 0;
    for (const system of systems)
      for (const slice of slices) {
        const { values, coverage } = await referenceSlice(platform, system, slice);
        const [result] = pick(evaluation, { name: system.name, ...slice });
        expect(result?.n_users ?? 0).toBe(values.size);
        if (result === undefined) continue;
        found++;
        expect(result.metrics['coverage@10'].value).toBeCloseTo(coverage, 12);
        for (const metric of METRICS) {
          const mean = [...values.values()].reduce((sum, value) => sum + value[metric], 0) / values.size;
          expect(result.metrics[metric].value).toBeCloseTo(mean, 12);
        }
      }
    expect(found).toBe(evaluation.systems.length);
  });
});

describe('the same result', () => {
  const platform = randomPlatform(4, 80, 30, 30);
  const a = systemOf('2t', 60, (user, item) => uniform(1, user, item));
  const b = systemOf('popularity', 60, (_, item) => below(10, 2, item));
  const run = (extra: Partial<EvaluateOptions> = {}) =>
    evaluate({ ...platform, systems: [a, b], seed: 5, ...extra });

  test('for any batch and order of systems', async () => {
    const whole = await run();
    expect(await run({ userBatch: 1 })).toEqual(whole);
    expect(await run({ userBatch: 13 })).toEqual(whole);
    expect(await run({ systems: [b, a] })).toEqual(whole);
  });

  test('at any number of threads', async () => {
    const before = threads();
    const vectors = (rows: number, stream: number) =>
      matrix(
        rows,
        5,
        Float32Array.from({ length: rows * 5 }, (_, i) => normal(1, i, stream)),
      );
    const knn = vectorRecommender('llm-knn', { userVectors: vectors(80, 1), itemVectors: vectors(60, 2) });
    const results: Evaluation[] = [];
    for (const count of [1, 2, 7]) {
      setThreads(count);
      results.push(await run({ systems: [knn, b] }));
    }
    setThreads(before);
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  test('and other intervals, with the same means, for another seed', async () => {
    const [one, other] = [await run(), await run({ seed: 6 })];
    expect(one.systems.map(({ metrics }) => metrics.mrr.value)).toEqual(
      other.systems.map(({ metrics }) => metrics.mrr.value),
    );
    expect(one.systems.map(({ metrics }) => metrics.mrr.low)).not.toEqual(
      other.systems.map(({ metrics }) => metrics.mrr.low),
    );
  });

  test('and each user is scored once', async () => {
    const asked: number[] = [];
    const counting = {
      ...a,
      score(users: Uint32Array, out: Float32Array) {
        asked.push(...users);
        return a.score(users, out);
      },
    };
    await run({ systems: [counting], userBatch: 9 });
    expect(asked).toEqual([...new Set(platform.judged.user)]);
  });
});

test('pairs are set in the order of the systems, later less earlier, for every slice and metric', async () => {
  const platform = randomPlatform(6, 80, 30, 30);
  const good = systemOf('2t-hgnn', 60, (user, item) => {
    const own = platform.judged.user.findIndex((u, i) => u === user && platform.judged.item[i] === item);
    return own >= 0 ? 1 : 0;
  });
  const poor = systemOf('popularity', 60, () => 0);
  const { systems, paired } = await evaluate({ ...platform, systems: [good, poor], seed: 5 });
  expect(paired).toHaveLength((systems.length / 2) * METRICS.length);
  expect(new Set(paired.map(({ a, b }) => `${a} ${b}`))).toEqual(new Set(['2t-hgnn popularity']));
  const pair = paired.find(
    ({ scope, users, items, metric }) => [scope, users, items, metric].join() === 'all,all,all,mrr',
  )!;
  const [a, b] = ['2t-hgnn', 'popularity'].map(
    (name) =>
      systems.find((s) => s.name === name && s.scope === 'all' && s.users === 'all' && s.items === 'all')!
        .metrics.mrr,
  );
  expect(pair.difference).toBeCloseTo(a!.value - b!.value, 12);
  expect(pair.low).toBeGreaterThan(0);
  expect(pair.low).toBeLessThan(pair.difference);
  expect(pair.high).toBeGreaterThan(pair.difference);
});
