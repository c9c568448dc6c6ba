import { expect, test } from 'vitest';
import { userMetrics } from '../../lib/evaluation/metrics.js';

const of = (...ranks: number[]) => {
  const out = new Float64Array(6);
  userMetrics(ranks, out, 1);
  expect([out[0], out[5]]).toEqual([0, 0]); // writes nowhere else
  return Array.from(out.subarray(1, 5));
};

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
