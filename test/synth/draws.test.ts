import { describe, expect, it } from 'vitest';
import { derive, philox } from '../../lib/random/index.js';
import { Draws } from '../../lib/synth/draws.js';

const SEED = derive(7, 'test');
const many = (n: number, draw: () => number) => Array.from({ length: n }, draw);
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
function variance(values: number[]): number {
  const middle = mean(values);
  return mean(values.map((v) => (v - middle) ** 2));
}

describe('Draws', () => {
  it('gives the words of philox() at (n / 4, subject, 0, 0)', () => {
    for (const subject of [0, 1, 4_294_967_295]) {
      const draws = new Draws(SEED).at(subject);
      const want = [0, 1, 2].flatMap((block) => philox(SEED, block, subject));
      expect(many(12, () => draws.bits())).toEqual(want);
    }
  });

  it('starts anew with each subject, wherever the last one stopped', () => {
    const draws = new Draws(SEED);
    const first = many(3, () => draws.at(5).bits());
    draws.at(6).normal();
    expect(draws.at(5).bits()).toBe(first[0]);
    expect(new Set(first).size).toBe(1);
  });

  it('has the moments that its distributions say', () => {
    const draws = new Draws(SEED).at(1);
    const n = 40_000;
    expect(mean(many(n, () => draws.uniform()))).toBeCloseTo(0.5, 2);
    const normals = many(n, () => draws.normal());
    expect(mean(normals)).toBeCloseTo(0, 1);
    expect(variance(normals)).toBeCloseTo(1, 1);
    expect(mean(many(n, () => draws.exponential()))).toBeCloseTo(1, 1);
    for (const rate of [0.3, 7, 80]) {
      const counts = many(n, () => draws.poisson(rate));
      expect(Math.abs(mean(counts) / rate - 1)).toBeLessThan(0.02);
      expect(Math.abs(variance(counts) / rate - 1)).toBeLessThan(0.05);
    }
    const weights = [1, 0, 3, 6];
    const picks = [0, 0, 0, 0];
    for (let i = 0; i < n; i++) picks[draws.pick(weights, 10)]!++;
    picks.forEach((count, i) => {
      expect(Math.abs(count / n - weights[i]! / 10)).toBeLessThan(0.01);
    });
    expect(new Set(many(1000, () => draws.below(7)))).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
  });
});
