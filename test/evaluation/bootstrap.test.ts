import { describe, expect, test } from 'vitest';
import {
  columnInterval,
  differenceInterval,
  resampledMeans,
  resampleWeights,
} from '../../lib/evaluation/bootstrap.js';
import { normal } from '../../lib/random/index.js';

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);

describe('resampleWeights', () => {
  test('every resample draws as many users as there are, each equally often in the long run', () => {
    const [users, resamples] = [37, 2000];
    const { weights } = resampleWeights(users, resamples, 1);
    const drawn = new Array<number>(users).fill(0);
    for (let r = 0; r < resamples; r++) {
      const row = weights.subarray(r * users, (r + 1) * users);
      expect(sum(row)).toBe(users);
      for (let u = 0; u < users; u++) drawn[u]! += row[u]!;
    }
    // A count is binomial with mean 2000 and deviation 44; 5 of them are not passed by chance.
    for (const count of drawn) expect(Math.abs(count - resamples)).toBeLessThan(5 * 45);
  });

  test('are a function of the seed; more resamples continue fewer', () => {
    expect(resampleWeights(10, 5, 1)).toEqual(resampleWeights(10, 5, 1));
    expect(resampleWeights(10, 5, 2)).not.toEqual(resampleWeights(10, 5, 1));
    expect(resampleWeights(10, 9, 1).weights.subarray(0, 50)).toEqual(resampleWeights(10, 5, 1).weights);
  });
});

describe('resampledMeans', () => {
  test('by hand: weighted means over the members only, resamples without any of them left out', () => {
    // Three users, of which the slice has the last two; two columns.
    const weights = Uint8Array.from([1, 2, 0, 3, 0, 0, 0, 1, 2]);
    const members = Uint32Array.of(1, 2);
    const values = Float64Array.of(1, 10, 4, 40);
    const means = resampledMeans(members, values, 2, { users: 3, units: 3, weights });
    expect(Array.from(means.means)).toEqual([2.5, 25]);
    expect(means.resamples).toBe(2);
    expect(Array.from(means.samples.subarray(0, 2))).toEqual([1, 3]);
    expect(Array.from(means.samples.subarray(3, 5))).toEqual([10, 30]);
    expect(columnInterval(means, 0)).toEqual({ value: 2.5, low: 1.05, high: 2.95 });
    expect(differenceInterval(means, 1, 0)).toEqual({
      value: 22.5,
      low: 9 + 0.025 * 18,
      high: 9 + 0.975 * 18,
    });
  });

  test('the interval of a mean is that of its normal approximation', () => {
    const users = 1000;
    const values = Float64Array.from({ length: users }, (_, u) => 3 + 2 * normal(5, u));
    const everyone = Uint32Array.from({ length: users }, (_, u) => u);
    const means = resampledMeans(everyone, values, 1, resampleWeights(users, 2000, 9));
    const { value, low, high } = columnInterval(means, 0);
    const deviation = Math.sqrt(sum(values.map((v) => (v - value) ** 2)) / users / users);
    expect(value).toBeCloseTo(sum(values) / users, 12);
    // A percentile of 2000 resamples is off by some hundredths of a deviation.
    expect(Math.abs((value - low) / deviation - 1.96)).toBeLessThan(0.2);
    expect(Math.abs((high - value) / deviation - 1.96)).toBeLessThan(0.2);
  });

  test('a difference is paired: systems that err together differ with certainty', () => {
    const users = 200;
    const values = new Float64Array(users * 2);
    for (let u = 0; u < users; u++) values.set([normal(1, u), normal(1, u) + 0.01], u * 2);
    const everyone = Uint32Array.from({ length: users }, (_, u) => u);
    const means = resampledMeans(everyone, values, 2, resampleWeights(users, 500, 1));
    const { low, high } = differenceInterval(means, 1, 0);
    expect(low).toBeCloseTo(0.01, 9);
    expect(high).toBeCloseTo(0.01, 9);
    expect(columnInterval(means, 0).high - columnInterval(means, 0).low).toBeGreaterThan(0.2);
  });

  test('many users are drawn in blocks: by hand, and with the interval of single users', () => {
    // Users 0 and 2 are block 0, users 1 and 3 block 1; the slice has 0, 2 and 3.
    const blocks = { users: 4, units: 2, weights: Uint8Array.from([2, 0, 1, 1, 0, 2]) };
    const by = resampledMeans(Uint32Array.of(0, 2, 3), Float64Array.of(1, 2, 9), 1, blocks);
    expect(Array.from(by.means)).toEqual([4]);
    expect(Array.from(by.samples)).toEqual([6 / 4, 12 / 3, 18 / 2]);

    const users = 50_000;
    const values = Float64Array.from({ length: users }, (_, u) => normal(4, u));
    const everyone = Uint32Array.from({ length: users }, (_, u) => u);
    const drawn = resampleWeights(users, 400, 2);
    expect(drawn.units).toBeLessThan(users);
    const { value, low, high } = columnInterval(resampledMeans(everyone, values, 1, drawn), 0);
    const deviation = 1 / Math.sqrt(users);
    expect(Math.abs((value - low) / deviation - 1.96)).toBeLessThan(0.4);
    expect(Math.abs((high - value) / deviation - 1.96)).toBeLessThan(0.4);
  });
});
