import { philox, type Seed } from '../random/index.js';
import type { Interval } from './types.js';

/**
 * How often each of `users` is drawn in each of `resamples` bootstrap samples (users draws with replacement):
 * row-major [resamples, users], one byte a cell. Every draw is a function of (seed, resample, draw).
 */
export function resampleWeights(users: number, resamples: number, seed: Seed): Uint8Array {
  const weights = new Uint8Array(users * resamples);
  for (let r = 0; r < resamples; r++) {
    const row = weights.subarray(r * users, (r + 1) * users);
    for (let draw = 0; draw < users; draw += 4) {
      const bits = philox(seed, r, draw / 4, 0, 0x626f6f74);
      for (let k = 0; k < 4 && draw + k < users; k++) row[Math.floor((bits[k]! * users) / 4294967296)]!++;
    }
  }
  return weights;
}

/** Means of `columns` values over the users of a slice, and over each bootstrap sample of them. */
export interface ResampledMeans {
  /** [columns] */
  readonly means: Float64Array;
  /** Column-major [columns, resamples]: the samples of a column are contiguous. */
  readonly samples: Float64Array;
  /** Samples that drew a user of the slice; the others have no mean and are left out. */
  readonly resamples: number;
}

/**
 * Bootstrap means of a slice: sample r's is sum_u w_ru x_u / sum_u w_ru over the slice's users, with the weights
 * of one resampling of all judged users; so every slice and system shares its samples, and differences are paired.
 * @param members place of each of the slice's users among all judged users, length n
 * @param values row-major [n, columns]
 * @param weights row-major [resamples, users] of {@link resampleWeights}
 */
export function resampledMeans(
  members: Uint32Array,
  values: Float64Array,
  columns: number,
  weights: Uint8Array,
  users: number,
): ResampledMeans {
  const n = members.length;
  const means = new Float64Array(columns);
  for (let i = 0; i < n; i++) for (let c = 0; c < columns; c++) means[c]! += values[i * columns + c]!;
  for (let c = 0; c < columns; c++) means[c]! /= n;
  const total = users === 0 ? 0 : weights.length / users;
  const samples = new Float64Array(columns * total);
  const sums = new Float64Array(columns);
  let kept = 0;
  for (let r = 0; r < total; r++) {
    sums.fill(0);
    let drawn = 0;
    for (let i = 0; i < n; i++) {
      const weight = weights[r * users + members[i]!]!;
      if (weight === 0) continue;
      drawn += weight;
      for (let c = 0, at = i * columns; c < columns; c++, at++) sums[c]! += weight * values[at]!;
    }
    if (drawn === 0) continue;
    for (let c = 0; c < columns; c++) samples[c * total + kept] = sums[c]! / drawn;
    kept++;
  }
  return { means, samples, resamples: kept };
}

/** The mean of a column with the 2.5 % and 97.5 % percentiles of its samples. */
export function columnInterval({ means, samples, resamples }: ResampledMeans, column: number): Interval {
  const stride = samples.length / means.length;
  const sorted = samples.slice(column * stride, column * stride + resamples).sort();
  return interval(means[column]!, sorted);
}

/** The difference of two columns, sample by sample. */
export function differenceInterval(
  { means, samples, resamples }: ResampledMeans,
  a: number,
  b: number,
): Interval {
  const stride = samples.length / means.length;
  const differences = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) differences[r] = samples[a * stride + r]! - samples[b * stride + r]!;
  return interval(means[a]! - means[b]!, differences.sort());
}

const interval = (value: number, sorted: Float64Array): Interval => ({
  value,
  low: percentile(sorted, 0.025, value),
  high: percentile(sorted, 0.975, value),
});

/** Linear between the two nearest order statistics; `otherwise` where there is no sample. */
function percentile(sorted: Float64Array, q: number, otherwise: number): number {
  if (sorted.length === 0) return otherwise;
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const next = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (at - below) * (sorted[next]! - sorted[below]!);
}
