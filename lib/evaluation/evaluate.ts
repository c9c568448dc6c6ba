import { CohearError, require } from '../errors/index.js';
import type { Catalogue, Histories } from '../events/index.js';
import type { LongWork } from '../progress/index.js';
import { derive, type Seed } from '../random/index.js';
import { NO_ROW } from '../retrieval/index.js';
import { columnInterval, differenceInterval, resampledMeans, resampleWeights } from './bootstrap.js';
import { checkJudged } from './judged.js';
import { userMetrics } from './metrics.js';
import { emptyRanks, rankUsers, type SystemRanks, TOP } from './rank-users.js';
import { type Members, type Population, populationOf, slicesOf } from './slices.js';
import {
  type Evaluation,
  type Interval,
  type Judged,
  METRICS,
  type Metric,
  type PairedResult,
  type Recommender,
  SYSTEM_NAMES,
  type SystemResult,
} from './types.js';

export interface EvaluateOptions extends LongWork {
  readonly catalogue: Catalogue;
  /** All that was seen before the window, weak kinds included: what is left out of the candidates. */
  readonly history: Histories;
  readonly judged: Judged;
  readonly systems: readonly Recommender[];
  readonly seed: Seed;
  /** Resamples of the bootstrap. Default 1000. */
  readonly bootstrap?: number;
  /** Users scored at a time; memory is userBatch x items x 4 bytes. Default: what 64 MiB hold, at most 1024. */
  readonly userBatch?: number;
}

/**
 * Judges every system on full rankings. Each user with a judged pair counts once; a metric of a slice is the mean
 * over the users with a judged item in it (`slicesOf`, `userMetrics`), its interval the 2.5 % and 97.5 %
 * percentiles over a bootstrap of users. coverage@10 is the number of different items in the top 10 of those users
 * over the number of items in the scope (with cold candidates: of cold items).
 * Each system scores each batch of users once, for all slices. Memory: the batch, four ranks a pair and system,
 * and bootstrap x users bytes. The result depends on the seed, not on userBatch.
 * @throws CohearError what `checkJudged` throws; ERR_VALUE for a system named twice, a score that is NaN, or
 *   nothing to judge; ERR_CANCELLED
 */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  const { catalogue, history, judged, seed, bootstrap = 1000 } = options;
  const systems = [...options.systems].sort((a, b) => place(a) - place(b));
  require(judged.user.length > 0, 'ERR_VALUE', 'evaluate: no pair to judge; is the window empty?');
  require(Number.isInteger(bootstrap) && bootstrap >= 1, 'ERR_RANGE', () =>
    `bootstrap: want 1 or more, got ${bootstrap}`);
  require(!catalogue.types.includes(
    'all',
  ), 'ERR_VALUE', 'an item type is called "all", the name of the scope of all types');
  for (let i = 1; i < systems.length; i++)
    require(systems[i]!.name !== systems[i - 1]!.name, 'ERR_VALUE', () =>
      `two systems are called ${systems[i]!.name}`);
  checkJudged(judged, history, catalogue.size);
  const population = populationOf(judged, history, catalogue.size);
  const slices = slicesOf(catalogue, history, population);
  const ranks: SystemRanks['ranks'][] = [];
  const coverage: Float64Array[] = [];
  for (const system of systems) {
    const of = await rankSystem(system, population, options);
    ranks.push(of.ranks);
    coverage.push(Float64Array.from(slices, (slice) => coverageOf(slice, of, population, catalogue)));
  }
  const weights = resampleWeights(population.users.length, bootstrap, derive(seed, 'bootstrap'));
  const result = { systems: [] as SystemResult[], paired: [] as PairedResult[] };
  slices.forEach((slice, s) => {
    const values = valuesOf(slice, ranks);
    const columns = METRICS.length * systems.length;
    const means = resampledMeans(slice.users, values, columns, weights, population.users.length);
    systems.forEach(({ name }, a) => {
      const metrics = METRICS.map((metric, m) => [metric, columnInterval(means, a * METRICS.length + m)]);
      result.systems.push({
        name,
        ...slice.slice,
        n_users: slice.users.length,
        metrics: {
          ...(Object.fromEntries(metrics) as Record<Metric, Interval>),
          'coverage@10': { value: coverage[a]![s]! },
        },
      });
      for (let b = 0; b < a; b++)
        METRICS.forEach((metric, m) => {
          const { value, low, high } = differenceInterval(
            means,
            a * METRICS.length + m,
            b * METRICS.length + m,
          );
          result.paired.push({
            a: name,
            b: systems[b]!.name,
            ...slice.slice,
            metric,
            difference: value,
            low,
            high,
          });
        });
    });
  });
  return result;
}

const place = ({ name }: Recommender) => SYSTEM_NAMES.indexOf(name);

/** Scores all users batch by batch and keeps only ranks and lists. */
async function rankSystem(
  system: Recommender,
  population: Population,
  options: EvaluateOptions,
): Promise<SystemRanks> {
  const { catalogue, onProgress, signal } = options;
  const n = catalogue.size;
  const total = population.users.length;
  const userBatch = Math.min(
    total,
    options.userBatch ?? Math.min(1024, Math.max(1, Math.floor((1 << 24) / n))),
  );
  require(Number.isInteger(userBatch) && userBatch >= 1, 'ERR_RANGE', () =>
    `userBatch: want 1 or more, got ${userBatch}`);
  const into = emptyRanks(catalogue, population);
  // Shared memory is handed to the native side without a copy.
  const buffer = new Float32Array(new SharedArrayBuffer(userBatch * n * 4));
  for (let begin = 0; begin < total; begin += userBatch) {
    if (signal?.aborted) throw new CohearError('ERR_CANCELLED', 'the evaluation was stopped');
    const end = Math.min(begin + userBatch, total);
    const scores = buffer.subarray(0, (end - begin) * n);
    await system.score(population.users.subarray(begin, end), scores);
    await rankUsers(scores, begin, end, catalogue, population, into).catch((cause: unknown) => {
      const bad = scores.findIndex(Number.isNaN);
      if (bad < 0) throw cause;
      const user = population.users[begin + Math.floor(bad / n)];
      throw new CohearError('ERR_VALUE', `${system.name} scored item ${bad % n} NaN for user ${user}`, {
        cause,
      });
    });
    onProgress?.({ task: `evaluate ${system.name}`, done: end, total, unit: 'users' });
  }
  return into;
}

/** Metrics of every system for the users of a slice: row-major [users, systems x metrics]. */
function valuesOf(
  { slice, users, offsets, pairs, scopeIndex }: Members,
  ranks: readonly SystemRanks['ranks'][],
): Float64Array {
  const columns = METRICS.length * ranks.length;
  const values = new Float64Array(users.length * columns);
  const pool = (slice.candidates === 'cold' ? 2 : 0) + (scopeIndex === 0 ? 0 : 1);
  for (let k = 0; k < users.length; k++) {
    const own = pairs.subarray(offsets[k]!, offsets[k + 1]!);
    for (let a = 0; a < ranks.length; a++)
      userMetrics(
        Float64Array.from(own, (p) => ranks[a]![pool]![p]!),
        values,
        k * columns + a * METRICS.length,
      );
  }
  return values;
}

/** Share of a slice's candidate items that are in the list of one of its users. */
function coverageOf(
  { slice, users, scopeIndex }: Members,
  { top }: SystemRanks,
  population: Population,
  catalogue: Catalogue,
): number {
  const cold = slice.candidates === 'cold';
  const list = top[2 * scopeIndex + (cold ? 1 : 0)]!;
  const seen = new Set<number>();
  for (const k of users)
    for (const item of list.subarray(k * TOP, (k + 1) * TOP)) if (item !== NO_ROW) seen.add(item);
  const first = scopeIndex === 0 ? 0 : catalogue.typeOffsets[scopeIndex - 1]!;
  const last = scopeIndex === 0 ? catalogue.size : catalogue.typeOffsets[scopeIndex]!;
  const size = cold ? sum(population.cold.subarray(first, last)) : last - first;
  return seen.size / size;
}

const sum = (values: Uint8Array): number => values.reduce((a, b) => a + b, 0);
