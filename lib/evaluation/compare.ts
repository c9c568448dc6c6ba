import type { Catalogue, Histories } from '../events/index.js';
import { below, derive, type Seed } from '../random/index.js';
import { percentileInterval, type ResampledMeans, resampledMeans, resampleWeights } from './bootstrap.js';
import { type RankedSystem, userMetrics } from './judge.js';
import { rankMetric } from './metrics.js';
import { populationOf, slicesOf } from './slices.js';
import type { Interval, Judged, Slice } from './types.js';

/** One way of doing things, run with several seeds. */
export interface Contender {
  readonly name: string;
  /** What it made of every judged pair, one entry per seed. */
  readonly runs: readonly Pick<RankedSystem, 'ranks'>[];
}

export interface CompareOptions {
  readonly catalogue: Catalogue;
  readonly history: Histories;
  /** What all of them ranked. */
  readonly judged: Judged;
  readonly base: Contender;
  /** Each with as many runs as the base, of the same seeds in the same order. */
  readonly others: readonly Contender[];
  /** Metrics of ranks, by name. */
  readonly metrics: readonly string[];
  readonly seed: Seed;
  readonly bootstrap: number;
}

/** A metric of a contender, and how far it lies from the base's. */
export interface ComparedFigure extends Interval {
  /** The value of each seed. */
  readonly seeds: readonly number[];
  /** Standard deviation of the seeds' values; null for one seed. */
  readonly spread: number | null;
  /** Left out for the base itself. */
  readonly difference?: Interval & { readonly seeds: readonly number[]; readonly spread: number | null };
}

export interface Compared extends Slice {
  readonly name: string;
  readonly n_users: number;
  readonly metrics: Readonly<Record<string, ComparedFigure>>;
}

/**
 * Sets contenders beside a base on the same judged pairs, slice by slice: means over users and seeds, and the paired
 * differences. Intervals are 2.5 % and 97.5 % percentiles over resamples that draw users and, where there are
 * several, seeds, both with replacement: the same draw for the base and the other, so that what is common to both
 * falls out. Few seeds say little of how seeds vary, so `seeds` and `spread` stand beside the interval.
 */
export function compare(options: CompareOptions): Compared[] {
  const { catalogue, history, judged, base, others, metrics, seed, bootstrap } = options;
  const population = populationOf(judged, history, catalogue);
  const functions = metrics.map(rankMetric);
  const weights = resampleWeights(population.users.length, bootstrap, derive(seed, 'bootstrap'));
  const runs = base.runs.length;
  const draw = derive(seed, 'bootstrap seeds');
  const drawn = Uint32Array.from({ length: bootstrap * runs }, (_, i) =>
    runs === 1 ? 0 : below(runs, draw, Math.floor(i / runs), i % runs),
  );
  return slicesOf(catalogue, history, population).flatMap((members) => {
    const means = ({ runs }: Contender) => {
      const values = userMetrics(members, runs, functions);
      return resampledMeans(members.users, values, runs.length * metrics.length, weights);
    };
    const ofBase = means(base);
    return [base, ...others].map((one): Compared => {
      const own = one === base ? ofBase : means(one);
      const figures = metrics.map((metric, m): [string, ComparedFigure] => {
        const columns = Array.from({ length: runs }, (_, s) => s * metrics.length + m);
        const values = pooled([own], columns, drawn);
        const difference = one === base ? undefined : pooled([own, ofBase], columns, drawn);
        return [metric, difference === undefined ? values : { ...values, difference }];
      });
      return {
        name: one.name,
        ...members.slice,
        n_users: members.users.length,
        metrics: Object.fromEntries(figures),
      };
    });
  });
}

/** The mean over seeds of one set of means, or of the first less the second. */
function pooled(
  [own, base]: readonly [ResampledMeans, ResampledMeans?],
  columns: readonly number[],
  drawn: Uint32Array,
) {
  const runs = columns.length;
  const seeds = columns.map((column) => own.means[column]! - (base?.means[column] ?? 0));
  const value = seeds.reduce((sum, x) => sum + x, 0) / runs;
  const stride = own.samples.length / own.means.length;
  const samples = new Float64Array(own.resamples);
  for (let r = 0; r < samples.length; r++) {
    for (let k = 0; k < runs; k++) {
      const at = columns[drawn[r * runs + k]!]! * stride + r;
      samples[r]! += (own.samples[at]! - (base?.samples[at] ?? 0)) / runs;
    }
  }
  const squares = seeds.reduce((sum, x) => sum + (x - value) ** 2, 0);
  return {
    ...percentileInterval(value, samples.sort()),
    seeds,
    spread: runs > 1 ? Math.sqrt(squares / (runs - 1)) : null,
  };
}
