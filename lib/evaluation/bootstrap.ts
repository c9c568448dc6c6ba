import { philox, type Seed } from '../random/index.js';
import type { Interval } from './types.js';

/** The most units of a bootstrap: beyond it users are drawn in blocks. */
const UNITS = 32_768;

/** Bootstrap samples of users. */
export interface Resamples {
  readonly users: number;
  /** What is drawn: users, or where they are many blocks of them, user u being in block u mod units. */
  readonly units: number;
  /** Row-major [resamples, units]: how often each is drawn. */
  readonly weights: Uint8Array;
}

/**
 * How often each of `users` is drawn in each of `resamples` bootstrap samples (as many draws with replacement as
 * there are users), one byte a cell. More than 32,768 users are drawn in that many blocks, which gives the same
 * intervals in bounded memory: users are independent, so the sum of a block varies as its users do. Every draw is
 * a function of (seed, resample, draw).
 */
export function resampleWeights(users: number, resamples: number, seed: Seed): Resamples {
  const units = Math.min(users, UNITS);
  const weights = new Uint8Array(units * resamples);
  for (let r = 0; r < resamples; r++) {
    const row = weights.subarray(r * units, (r + 1) * units);
    for (let draw = 0; draw < units; draw += 4) {
      const bits = philox(seed, r, draw / 4, 0, 0x626f6f74);
      for (let k = 0; k < 4 && draw + k < units; k++) row[Math.floor((bits[k]! * units) / 4294967296)]!++;
    }
  }
  return { users, units, weights };
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
 */
export function resampledMeans(
  members: Uint32Array,
  values: Float64Array,
  columns: number,
  { users, units, weights }: Resamples,
): ResampledMeans {
  const n = members.length;
  const means = new Float64Array(columns);
  for (let i = 0; i < n; i++) for (let c = 0; c < columns; c++) means[c]! += values[i * columns + c]!;
  for (let c = 0; c < columns; c++) means[c]! /= n;
  const drawn = users === units ? { members, values, sizes: null } : blocks(members, values, columns, units);
  const total = units === 0 ? 0 : weights.length / units;
  const samples = new Float64Array(columns * total);
  const sums = new Float64Array(columns);
  let kept = 0;
  for (let r = 0; r < total; r++) {
    sums.fill(0);
    let size = 0;
    for (let i = 0; i < drawn.members.length; i++) {
      const weight = weights[r * units + drawn.members[i]!]!;
      if (weight === 0) continue;
      size += drawn.sizes === null ? weight : weight * drawn.sizes[i]!;
      for (let c = 0, at = i * columns; c < columns; c++, at++) sums[c]! += weight * drawn.values[at]!;
    }
    if (size === 0) continue;
    for (let c = 0; c < columns; c++) samples[c * total + kept] = sums[c]! / size;
    kept++;
  }
  return { means, samples, resamples: kept };
}

/** The blocks that a slice's users are in, with the sums of their values and how many they are. */
function blocks(members: Uint32Array, values: Float64Array, columns: number, units: number) {
  const place = new Int32Array(units).fill(-1);
  const used: number[] = [];
  for (const member of members) {
    if (place[member % units]! >= 0) continue;
    place[member % units] = used.length;
    used.push(member % units);
  }
  const sums = new Float64Array(used.length * columns);
  const sizes = new Uint32Array(used.length);
  members.forEach((member, i) => {
    const at = place[member % units]!;
    sizes[at]!++;
    for (let c = 0; c < columns; c++) sums[at * columns + c]! += values[i * columns + c]!;
  });
  return { members: Uint32Array.from(used), values: sums, sizes };
}

/** The mean of a column with the 2.5 % and 97.5 % percentiles of its samples. */
export function columnInterval({ means, samples, resamples }: ResampledMeans, column: number): Interval {
  const stride = samples.length / means.length;
  const sorted = samples.slice(column * stride, column * stride + resamples).sort();
  return percentileInterval(means[column]!, sorted);
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
  return percentileInterval(means[a]! - means[b]!, differences.sort());
}

/** A value with the 2.5 % and 97.5 % percentiles of its sorted samples. */
export const percentileInterval = (value: number, sorted: Float64Array): Interval => ({
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
