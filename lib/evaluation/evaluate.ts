import type { Rows } from '../artifacts/index.js';
import { CohearError, require } from '../errors/index.js';
import type { Catalogue, Histories } from '../events/index.js';
import type { LongWork } from '../progress/index.js';
import type { Seed } from '../random/index.js';
import { judge, type RankedSystem } from './judge.js';
import { checkJudged } from './judged.js';
import { listMetric } from './lists.js';
import { LIST_METRIC, rankMetric } from './metrics.js';
import { emptyRanks, rankUsers, type SystemRanks } from './rank-users.js';
import { type Population, populationOf, slicesOf } from './slices.js';
import {
  type Evaluation,
  type Judged,
  LIST_METRICS,
  METRICS,
  type Recommender,
  SYSTEM_NAMES,
  type SystemName,
} from './types.js';

export interface EvaluateOptions extends LongWork {
  readonly catalogue: Catalogue;
  /** All that was seen before the window, weak kinds included: what is left out of the candidates. */
  readonly history: Histories;
  readonly judged: Judged;
  readonly systems: readonly Recommender[];
  readonly seed: Seed;
  /**
   * What is measured: names of rank metrics (means over users, with intervals and paired differences) and of list
   * metrics (`rankMetric`, `listMetric`). Default: METRICS and LIST_METRICS.
   */
  readonly metrics?: readonly string[];
  /** Vectors of the items, for the diversity of lists; without them it is left out. */
  readonly itemVectors?: Rows | undefined;
  /** Resamples of the bootstrap. Default 1000. */
  readonly bootstrap?: number;
  /** Users scored at a time; memory is userBatch x items x 4 bytes. Default: what 64 MiB hold, at most 1024. */
  readonly userBatch?: number | undefined;
}

/** What {@link evaluate} gives: the figures, and the ranks they come from, to be judged again beside other runs'. */
export interface RankedEvaluation extends Evaluation {
  readonly ranked: readonly RankedSystem[];
}

/**
 * Judges every system on full rankings. Each user with a judged pair counts once; a metric of a slice is the mean
 * over the users with a judged item in it (`slicesOf`, `rankMetric`), its interval the 2.5 % and 97.5 %
 * percentiles over a bootstrap of users. coverage@10 is the number of different items in the top 10 of those users
 * over the number of items in the scope (with cold candidates: of cold items).
 * Each system scores each batch of users once, for all slices. Memory: the batch, four ranks a pair and system, one
 * system's lists, and bootstrap x min(users, 32,768) bytes. The result depends on the seed, not on userBatch.
 * @throws CohearError what `checkJudged` throws; ERR_VALUE for a system named twice, an unknown metric, a score that
 *   is NaN, or nothing to judge; ERR_CANCELLED
 */
export async function evaluate(options: EvaluateOptions): Promise<RankedEvaluation> {
  const { catalogue, history, judged, seed, bootstrap = 1000, itemVectors } = options;
  const names = options.metrics ?? [...METRICS, ...LIST_METRICS];
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
  const lists = names.filter((name) => LIST_METRIC.test(name));
  const metrics = names.filter((name) => !lists.includes(name));
  for (const name of metrics) rankMetric(name);
  checkJudged(judged, history, catalogue.size);
  const population = populationOf(judged, history, catalogue);
  const slices = slicesOf(catalogue, history, population);
  const depth = Math.max(1, ...lists.map((name) => Number(LIST_METRIC.exec(name)![2])));
  const context = { catalogue, population, historyUsers: usersOf(history), itemVectors };
  const ranked: RankedSystem[] = [];
  for (const system of systems) {
    const of = await rankSystem(system, population, depth, options);
    const figures = slices.map((slice) => {
      const values = lists.map((name) => [name, listMetric(name, slice, of, context)] as const);
      return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as Record<string, number>;
    });
    ranked.push({ name: system.name, ranks: of.ranks, lists: figures });
  }
  return { ...judge({ catalogue, history, judged, systems: ranked, metrics, seed, bootstrap }), ranked };
}

/** Simplest first; systems of others' making come last, in their order. */
const place = ({ name }: Recommender) => {
  const found = SYSTEM_NAMES.indexOf(name as SystemName);
  return found < 0 ? SYSTEM_NAMES.length : found;
};

function usersOf({ users, offsets }: Histories): number {
  let count = 0;
  for (let user = 0; user < users; user++) if (offsets[user] !== offsets[user + 1]) count++;
  return count;
}

/** Scores all users batch by batch and keeps only ranks and lists. */
async function rankSystem(
  system: Recommender,
  population: Population,
  depth: number,
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
  const into = emptyRanks(catalogue, population, depth);
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
