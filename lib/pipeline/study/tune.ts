import { CohearError, require } from '../../errors/index.js';
import {
  alignColumns,
  compare,
  type Interval,
  RANK_METRIC,
  type SystemName,
  type SystemResult,
} from '../../evaluation/index.js';
import { histories } from '../../events/index.js';
import { formatSeconds } from '../../progress/index.js';
import type { Config } from '../config/index.js';
import type { RunOptions } from '../engine.js';
import { eventsStage } from '../stages/events.js';
import { timeline, timelineConfig } from '../timeline.js';
import { version } from '../version.js';
import type { StudyEvent } from './ablate.js';
import { budgetOf, type Rung, type RungOptions, rungsOf, trialsWithin } from './rungs.js';
import { type KeptRun, StudyRuns } from './runs.js';
import { pointOf, type Space } from './space.js';
import { configOf } from './variants.js';

export interface TuneOptions extends Pick<RunOptions<Config>, 'onEvent' | 'onProgress' | 'signal'> {
  readonly config: Config;
  readonly workdir: string;
  readonly space: Space;
  readonly strategy: RungOptions['strategy'];
  /** Points to try; or `budget`. */
  readonly trials?: number | undefined;
  /** The most of the resource to spend; sets the number of trials. */
  readonly budget?: number | undefined;
  /** The config path whose value is what a trial takes, such as "twoTower.epochs". */
  readonly resource: string;
  /** See RungOptions. */
  readonly least: number;
  readonly eta: number;
  /** What is to be high: a rank metric, of a scope, of a system. */
  readonly metric: string;
  readonly scope: string;
  readonly system: SystemName;
  readonly onPlan?: ((plan: TunePlan) => void) | undefined;
  readonly onStudy?: ((event: StudyEvent) => void) | undefined;
}

/** What will be done, told before it is begun. */
export interface TunePlan {
  readonly trials: number;
  readonly rungs: readonly Rung[];
  /** In units of the resource, the config as it is included. */
  readonly budget: number;
  readonly resource: string;
  readonly full: number;
}

/** A trial at one rung. */
export interface TrialResult extends Interval {
  readonly resource: number;
  /** Of the stages that trained. */
  readonly seconds: number;
  readonly run: string;
}

export interface Trial {
  /** 0 is the config as it is. */
  readonly trial: number;
  readonly set: Readonly<Record<string, unknown>>;
  readonly rungs: readonly TrialResult[];
}

/** What `tune.json` holds. */
export interface Tuning {
  readonly kind: 'tuning';
  readonly cohear: string;
  readonly window: 'validation';
  readonly objective: { readonly metric: string; readonly scope: string; readonly system: SystemName };
  readonly strategy: RungOptions['strategy'];
  readonly space: Space;
  readonly seed: number;
  readonly plan: TunePlan;
  /** Of the resource: what all of these runs took, and what this command took of it. */
  readonly spent: { readonly all: number; readonly now: number };
  readonly trials: readonly Trial[];
  /** The trial with the highest value of those that had all of the resource, the config as it is among them. */
  readonly best: Trial;
  /** Of the best to the config as it is, paired; flattering, since the best was chosen by it. */
  readonly difference: Interval | null;
  /** The config with the best values put in. */
  readonly config: Config;
}

/**
 * Searches a space for the config with the highest metric on the validation window; the test window is never looked
 * at. Points are a function of the seed. Every run is kept as in `ablate`, so a search that was stopped, or is asked
 * for again with more trials, runs only what is new.
 * @throws CohearError ERR_CONFIG for a point that is no config, a resource that is no number, a budget too small;
 *   whatever a run throws
 */
export async function tune(options: TuneOptions): Promise<Tuning> {
  const { config, workdir, space, strategy, metric, scope, system, onStudy, onPlan, ...rest } = options;
  require(RANK_METRIC.test(metric), 'ERR_CONFIG', () =>
    `no rank metric "${metric}"; want hr@10, mrr, ndcg@10, ...`);
  require(!(options.resource in space), 'ERR_CONFIG', () =>
    `${options.resource} is both the resource and in the space`);
  const plan = planOf(options);
  // Every point is a config before the first is run.
  const points = Array.from({ length: plan.trials + 1 }, (_, trial) =>
    trial === 0 ? [] : pointOf(space, config.seed, trial),
  );
  const configAt = (trial: number, resource: number): Config => {
    const set = [...points[trial]!, { path: options.resource.split('.'), value: resource }];
    const own = configOf(config, { name: `trial ${trial}`, set });
    return {
      ...own,
      evaluation: {
        ...own.evaluation,
        window: 'validation',
        systems: [system],
        metrics: [...new Set([metric, ...own.evaluation.metrics])],
      },
    };
  };
  for (let trial = 0; trial < points.length; trial++) configAt(trial, plan.full);
  onPlan?.(plan);

  const runs = new StudyRuns(workdir);
  await runs.clean();
  const work = { onEvent: rest.onEvent, onProgress: rest.onProgress, signal: rest.signal };
  const results = points.map((): TrialResult[] => []);
  const spent = { all: 0, now: 0 };
  const count = 1 + plan.rungs.reduce((sum, { trials }) => sum + trials, 0);
  let index = 0;
  const attempt = async (trial: number, resource: number): Promise<KeptRun> => {
    if (rest.signal?.aborted)
      throw new CohearError(
        'ERR_CANCELLED',
        `stopped after ${index} of ${count} runs; the same command goes on from there`,
      );
    const own = configAt(trial, resource);
    const folder = await runs.folderOf(own);
    const names = [
      `trial ${trial} with ${resource} of ${options.resource} (spent ${spent.all} of ${plan.budget})`,
    ];
    const at = { index: index++, count, names, seed: config.seed };
    const there = runs.has(folder);
    onStudy?.({ type: there ? 'kept' : 'begin', ...at });
    if (!there) {
      await runs.make(own, folder, work);
      spent.now += resource;
      onStudy?.({ type: 'done', ...at });
    }
    spent.all += resource;
    const kept = (await runs.read(folder))!;
    results[trial]!.push({
      resource,
      ...figureOf(kept, options),
      seconds: secondsOf(kept),
      run: runs.relative(folder),
    });
    return kept;
  };

  const whole = new Map([[0, await attempt(0, plan.full)]]);
  let left = points.map((_, trial) => trial).slice(1);
  for (const { trials, resource } of plan.rungs) {
    left = left.slice(0, trials);
    for (const trial of left) {
      const kept = await attempt(trial, resource);
      if (resource === plan.full) whole.set(trial, kept);
    }
    // Ties stay in the order of the trials: sort is stable.
    left = [...left].sort((a, b) => results[b]!.at(-1)!.value - results[a]!.at(-1)!.value);
  }
  const best = [...whole.keys()].sort((a, b) => results[b]!.at(-1)!.value - results[a]!.at(-1)!.value)[0]!;
  const told = points.map(
    (set, trial): Trial => ({
      trial,
      set: Object.fromEntries(set.map(({ path, value }) => [path.join('.'), value])),
      rungs: results[trial]!,
    }),
  );
  return {
    kind: 'tuning',
    cohear: version,
    window: 'validation',
    objective: { metric, scope, system },
    strategy,
    space,
    seed: config.seed,
    plan,
    spent,
    trials: told,
    best: told[best]!,
    difference: best === 0 ? null : await differenceTo(whole.get(0)!, whole.get(best)!, options, runs),
    config: configOf(config, { name: `trial ${best}`, set: points[best]! }),
  };
}

function planOf({ config, resource, trials, budget, strategy, least, eta }: TuneOptions): TunePlan {
  const full = resource
    .split('.')
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], config);
  require(typeof full === 'number' && Number.isInteger(full), 'ERR_CONFIG', () =>
    `resource: want the path of a whole number of the config, such as twoTower.epochs, got ${resource} (${JSON.stringify(full)})`);
  require((trials === undefined) !==
    (budget === undefined), 'ERR_CONFIG', 'give either the number of trials or a budget');
  const options = { strategy, full, least, eta };
  const wanted = trials ?? trialsWithin(budget!, options);
  const rungs = rungsOf(wanted, options);
  return { trials: wanted, rungs, budget: budgetOf(rungs, full), resource, full };
}

function figureOf({ judgement }: KeptRun, { metric, scope, system }: TuneOptions): Interval {
  const row = judgement.systems.find(
    (one: SystemResult) =>
      one.name === system &&
      one.scope === scope &&
      one.users === 'all' &&
      one.items === 'all' &&
      one.candidates === 'all',
  );
  require(row, 'ERR_CONFIG', () =>
    `nothing was judged of the scope "${scope}"; scopes are all and the item types`);
  const { value, low, high } = row.metrics[metric]!;
  return { value, low: low!, high: high! };
}

const secondsOf = ({ stages }: KeptRun): number =>
  ['hgnn', 'hgnn-users', 'two-tower', 'two-tower-text', 'two-tower-per-type'].reduce(
    (sum, name) => sum + (stages[name]?.seconds ?? 0),
    0,
  );

async function differenceTo(
  base: KeptRun,
  best: KeptRun,
  options: TuneOptions,
  runs: StudyRuns,
): Promise<Interval> {
  const { config, metric, scope, system, onEvent, onProgress, signal } = options;
  const dataset = await (
    await runs.stages(config, [eventsStage as never], { onEvent, onProgress, signal })
  ).output(eventsStage);
  const { known } = timeline(dataset, { ...timelineConfig(config), window: 'validation' });
  const contender = (name: string, run: KeptRun) => ({
    name,
    runs: [run.systems.find((one) => one.name === system)!],
  });
  const rows = compare({
    catalogue: dataset.catalogue,
    history: histories(known.log, dataset.users.size),
    judged: base.judged,
    base: contender('base', base),
    others: [contender('best', best)],
    metrics: [metric],
    seed: config.seed,
    bootstrap: config.evaluation.bootstrap,
  });
  const row = rows.find(
    (one) =>
      one.name === 'best' &&
      one.scope === scope &&
      one.users === 'all' &&
      one.items === 'all' &&
      one.candidates === 'all',
  )!;
  const { value, low, high } = row.metrics[metric]!.difference!;
  return { value, low, high };
}

const number = (value: number) => value.toFixed(4).replace(/^(-?)0\./, '$1.');

/** The plan in words: the budget, before anything is spent. */
export function formatPlan({ trials, rungs, budget, resource, full }: TunePlan): string {
  const rounds = rungs.map((rung) => `${rung.trials} with ${rung.resource}`).join(', then ');
  return `${trials} trials beside the config as it is: ${rounds} of ${resource}; ${budget} in all (${(budget / full).toFixed(1)} whole trainings)`;
}

/** A search as text: every trial, the best first. */
export function formatTuning({ objective, trials, best, difference, plan, spent }: Tuning): string {
  const order = [...trials]
    .filter(({ rungs }) => rungs.length > 0)
    .sort(
      (a, b) =>
        b.rungs.at(-1)!.resource - a.rungs.at(-1)!.resource || b.rungs.at(-1)!.value - a.rungs.at(-1)!.value,
    );
  const paths = Object.keys(trials.find(({ trial }) => trial !== 0)?.set ?? {});
  const rows = order.map(({ trial, set, rungs }) => {
    const { value, low, high, resource, seconds } = rungs.at(-1)!;
    return [
      trial === 0 ? 'as it is' : String(trial),
      `${number(value)} [${number(low)}, ${number(high)}]`,
      String(resource),
      formatSeconds(seconds),
      ...paths.map((path) => (path in set ? JSON.stringify(set[path]) : '')),
    ];
  });
  const { metric, scope, system } = objective;
  const head = ['trial', metric, plan.resource, 'training', ...paths];
  const end =
    difference === null
      ? 'No trial was better than the config as it is.'
      : `Trial ${best.trial} is better than the config as it is by ${number(difference.value)} [${number(difference.low)}, ${number(difference.high)}] (paired, on the users that it was chosen by).`;
  return [
    `Validation window; ${metric} of ${system}, ${scope === 'all' ? 'all types' : scope}; ${spent.all} of ${plan.budget} spent, ${spent.now} of it now.`,
    alignColumns([head, ...rows]),
    end,
  ].join('\n\n');
}
