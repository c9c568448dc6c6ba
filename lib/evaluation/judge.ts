import type { Catalogue, Histories } from '../events/index.js';
import { derive, type Seed } from '../random/index.js';
import { columnInterval, differenceInterval, resampledMeans, resampleWeights } from './bootstrap.js';
import { rankMetric } from './metrics.js';
import { type Members, populationOf, slicesOf } from './slices.js';
import type { Evaluation, Judged, PairedResult, SystemResult } from './types.js';

/** What one system made of every judged pair. */
export interface RankedSystem {
  readonly name: string;
  /** [pool][pairs], as in SystemRanks. */
  readonly ranks: readonly Float64Array[];
  /** Per slice, the figures of its lists by name. */
  readonly lists?: readonly Readonly<Record<string, number>>[];
}

export interface JudgeOptions {
  readonly catalogue: Catalogue;
  readonly history: Histories;
  readonly judged: Judged;
  readonly systems: readonly RankedSystem[];
  /** Metrics of ranks, by name. */
  readonly metrics: readonly string[];
  readonly seed: Seed;
  readonly bootstrap: number;
}

/**
 * From ranks to figures: per slice and system the mean of each metric over the users with its bootstrap interval,
 * and the paired differences of every two systems. All systems must have ranked the same judged pairs; they may come
 * from different runs.
 */
export function judge(options: JudgeOptions): Evaluation {
  const { catalogue, history, judged, systems, metrics, seed, bootstrap } = options;
  const population = populationOf(judged, history, catalogue);
  const functions = metrics.map(rankMetric);
  const weights = resampleWeights(population.users.length, bootstrap, derive(seed, 'bootstrap'));
  const result = { systems: [] as SystemResult[], paired: [] as PairedResult[] };
  slicesOf(catalogue, history, population).forEach((members, s) => {
    const values = userMetrics(members, systems, functions);
    const columns = metrics.length * systems.length;
    const means = resampledMeans(members.users, values, columns, weights);
    systems.forEach(({ name, lists }, a) => {
      const figures = metrics.map((metric, m) => [metric, columnInterval(means, a * metrics.length + m)]);
      const ofLists = Object.entries(lists?.[s] ?? {}).map(([metric, value]) => [metric, { value }]);
      result.systems.push({
        name,
        ...members.slice,
        n_users: members.users.length,
        metrics: Object.fromEntries([...figures, ...ofLists]),
      });
      for (let b = 0; b < a; b++)
        metrics.forEach((metric, m) => {
          const columnA = a * metrics.length + m;
          const { value, low, high } = differenceInterval(means, columnA, b * metrics.length + m);
          const pair = { a: name, b: systems[b]!.name, ...members.slice, metric };
          result.paired.push({ ...pair, difference: value, low, high });
        });
    });
  });
  return result;
}

/** Metrics of every system for the users of a slice: row-major [users, systems x metrics]. */
export function userMetrics(
  { slice, users, offsets, pairs, scopeIndex }: Members,
  systems: readonly Pick<RankedSystem, 'ranks'>[],
  functions: readonly ((ranks: Float64Array) => number)[],
): Float64Array {
  const columns = functions.length * systems.length;
  const values = new Float64Array(users.length * columns);
  const pool = (slice.candidates === 'cold' ? 2 : 0) + (scopeIndex === 0 ? 0 : 1);
  for (let k = 0; k < users.length; k++) {
    const own = pairs.subarray(offsets[k]!, offsets[k + 1]!);
    systems.forEach(({ ranks }, a) => {
      const ofUser = Float64Array.from(own, (p) => ranks[pool]![p]!);
      functions.forEach((metric, m) => {
        values[k * columns + a * functions.length + m] = metric(ofUser);
      });
    });
  }
  return values;
}
