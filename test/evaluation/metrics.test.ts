import { describe, expect, test } from 'vitest';
import { matrix } from '../../lib/artifacts/index.js';
import { evaluate, METRICS, rankMetric } from '../../lib/evaluation/index.js';
import { popularityTiers } from '../../lib/evaluation/tiers.js';
import { catalogueOf, historiesOf, judgedOf, systemOf } from './platform.js';

const of = (...ranks: number[]) => METRICS.map((name) => rankMetric(name)(ranks));

test('ranks at the edges: 10 hits and 10.5 does not, 100 counts and 100.5 does not, 20 is found and 20.5 is not', () => {
  expect(of(10)).toEqual([1, 1 / 10, 1 / Math.log2(11), 1]);
  expect(of(10.5)).toEqual([0, 1 / 10.5, 0, 1]);
  expect(of(20)).toEqual([0, 1 / 20, 0, 1]);
  expect(of(20.5)).toEqual([0, 1 / 20.5, 0, 0]);
  expect(of(100)[1]).toBe(1 / 100);
  expect(of(100.5)).toEqual([0, 0, 0, 0]);
});

test('several items: the best rank is the reciprocal, gains add up to the ideal', () => {
  expect(of(1)).toEqual([1, 1, 1, 1]);
  expect(of(1, 2, 3)).toEqual([1, 1, 1, 1]);
  const [hit, mrr, ndcg, recall] = of(30, 2.5, 12);
  expect([hit, mrr, recall]).toEqual([1, 1 / 2.5, 2 / 3]);
  expect(ndcg).toBeCloseTo(1 / Math.log2(3.5) / (1 + 1 / Math.log2(3) + 1 / 2), 12);
});

test('more than ten items: the ideal is ten of them', () => {
  const ranks = Array.from({ length: 15 }, (_, i) => i + 1);
  expect(of(...ranks)[2]).toBeCloseTo(1, 12);
  expect(of(...ranks)[3]).toBe(1);
});

test('at any depth; precision and average precision by hand', () => {
  expect(rankMetric('hr@3')([3.5])).toBe(0);
  expect(rankMetric('hr@4')([3.5])).toBe(1);
  expect(rankMetric('recall@5')([1, 4, 6])).toBe(2 / 3);
  expect(rankMetric('precision@5')([1, 4, 6])).toBe(2 / 5);
  expect(rankMetric('ndcg@20')([15])).toBe(1 / 4);
  // Ranks 1, 4, 6: precisions 1/1, 2/4, and the third beyond 5.
  expect(rankMetric('map@5')([6, 4, 1])).toBeCloseTo((1 + 2 / 4) / 3, 12);
  expect(rankMetric('map@2')([1, 2, 3])).toBe(1);
  for (const name of ['hr', 'hr@0', 'ndcg@-1', 'auc', 'mrr@10', 'coverage@10'])
    expect(() => rankMetric(name)).toThrow(expect.objectContaining({ code: 'ERR_VALUE' }));
});

test('tiers: each a fifth of the pairs of its type, equal counts in one tier', () => {
  // Type 0 has 20 pairs: 8, 4, 4, 2, 1, 1, 0. Before each: 0, 8 (of 20: 2/5), 8, 16 (4/5), 18, 18.
  const counts = Uint32Array.of(1, 8, 4, 0, 4, 2, 1, 3, 3);
  expect(Array.from(popularityTiers(counts, catalogueOf(7, 2)))).toEqual([5, 1, 3, 0, 3, 5, 5, 1, 1]);
});

describe('figures of lists', () => {
  // Item 0 is in two of three histories, item 1 in one, items 2 and 3 in none. User 3 has no history.
  const options = {
    catalogue: catalogueOf(4),
    history: historiesOf([[0], [0, 1], [], [1]]),
    judged: judgedOf([
      [0, 2],
      [2, 3],
    ]),
    systems: [systemOf('mine', 4, (user, item) => (user === 0 ? item : -item))],
    seed: 1,
    bootstrap: 10,
  };
  const figures = async (itemVectors?: ReturnType<typeof matrix>) => {
    const metrics = ['hr@1', 'coverage@2', 'novelty@2', 'popularity@2', 'diversity@2', 'coverage@1'];
    const { systems } = await evaluate({ ...options, metrics, itemVectors });
    return systems.find(({ users, items }) => users === 'all' && items === 'all')!.metrics;
  };

  test('by hand', async () => {
    // User 0 gets 3 and 2 (0 is in the history), user 2 gets 0 and 1.
    const got = await figures(matrix(4, 2, Float32Array.of(1, 0, 1, 0, 0, 2, 0, 0)));
    expect(got['hr@1']!.value).toBe(0);
    expect(got['coverage@2']).toEqual({ value: 1 });
    expect(got['coverage@1']!.value).toBe(1 / 2);
    const bits = (n: number) => -Math.log2((n + 1) / 4);
    expect(got['novelty@2']!.value).toBeCloseTo((bits(0) + (bits(2) + bits(2)) / 2) / 2, 12);
    expect(got['popularity@2']!.value).toBeCloseTo((0 + (2 / 3 + 2 / 3) / 2) / 2, 12);
    // Items 2 and 3: the latter has no vector and is like nothing; items 0 and 1 are the same.
    expect(got['diversity@2']!.value).toBeCloseTo((1 + 0) / 2, 12);
  });

  test('without vectors there is no diversity; an unknown metric is refused', async () => {
    expect(Object.keys(await figures())).not.toContain('diversity@2');
    await expect(evaluate({ ...options, metrics: ['auc'] })).rejects.toMatchObject({ code: 'ERR_VALUE' });
  });
});
