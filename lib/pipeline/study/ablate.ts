import { fingerprint, readJson } from '../../artifacts/index.js';
import { CohearError, require } from '../../errors/index.js';
import {
  type Compared,
  type Contender,
  compare,
  LIST_METRIC,
  type SimilarEvaluation,
  type SystemName,
  type SystemResult,
} from '../../evaluation/index.js';
import { histories } from '../../events/index.js';
import type { Config } from '../config/index.js';
import type { RunOptions } from '../engine.js';
import { eventsStage } from '../stages/events.js';
import { stagesOf } from '../stages/index.js';
import { timeline, timelineConfig } from '../timeline.js';
import { version } from '../version.js';
import { type KeptRun, type StageCost, StudyRuns } from './runs.js';
import { configOf, defaultVariants, parseVariants, type Variant } from './variants.js';

/** What a study tells of its runs; `names` are the variants that one run serves. */
export interface StudyEvent {
  readonly type: 'begin' | 'done' | 'kept';
  readonly index: number;
  readonly count: number;
  readonly names: readonly string[];
  readonly seed: number;
}

export interface AblateOptions extends Pick<RunOptions<Config>, 'onEvent' | 'onProgress' | 'signal'> {
  /** The base; its `evaluation.window` is the one that all are judged on. */
  readonly config: Config;
  readonly workdir: string;
  /** Left out: the default table for this config's data. */
  readonly variants?: readonly Variant[] | undefined;
  /** Of those, only the ones of these names. */
  readonly only?: readonly string[] | undefined;
  /** Left out: the config's own seed. */
  readonly seeds?: readonly number[] | undefined;
  /** What stands for the base, and for every variant that names no other. Default: "2t-hgnn". */
  readonly system?: SystemName | undefined;
  /** Why the test window is looked at; needed for it. */
  readonly why?: string | undefined;
  readonly onStudy?: ((event: StudyEvent) => void) | undefined;
}

/** A variant as it was run. */
export interface AblatedVariant {
  readonly name: string;
  readonly system: SystemName;
  /** What differs from the base, by path. */
  readonly set: Readonly<Record<string, unknown>>;
  /** Per stage, what each seed's run took and counted. */
  readonly stages: Readonly<Record<string, readonly StageCost[]>>;
  /** Where each seed's run is kept, below the run's folder. */
  readonly runs: readonly string[];
}

/** A slice of a variant: metrics with intervals and differences, and figures of lists with the seeds' values alone. */
export interface AblatedSlice extends Compared {
  readonly lists: Readonly<Record<string, { readonly value: number; readonly seeds: readonly number[] }>>;
}

/** What `ablation.json` holds. */
export interface Ablation {
  readonly kind: 'ablation';
  readonly cohear: string;
  readonly window: Config['evaluation']['window'];
  readonly why: string | null;
  readonly system: SystemName;
  readonly seeds: readonly number[];
  readonly types: readonly string[];
  readonly protocol: Readonly<Record<string, unknown>>;
  readonly data: Readonly<Record<string, unknown>>;
  readonly config: Config;
  /** The base first. */
  readonly variants: readonly AblatedVariant[];
  /** By slice, in each the base first. */
  readonly results: readonly AblatedSlice[];
  /** Similar items by the systems of the base's runs, one entry per seed; none where nothing could be judged. */
  readonly similar: readonly SimilarEvaluation[];
}

export const BASE = 'base';

/** The variants of a study: those given, or the default table for the item types of the data. */
export async function variantsOf(
  options: Pick<
    AblateOptions,
    'config' | 'workdir' | 'variants' | 'only' | 'system' | 'signal' | 'onProgress'
  >,
): Promise<Variant[]> {
  const { config, variants, only, system = '2t-hgnn', ...work } = options;
  const all =
    variants ??
    defaultVariants(config, (await eventsOf(options.workdir, config, work)).catalogue.types, system);
  for (const [i, { name }] of all.entries()) {
    require(name !==
      BASE, 'ERR_CONFIG', `a variant is called "${BASE}", the name of what all are compared with`);
    require(all.findIndex((other) => other.name === name) === i, 'ERR_CONFIG', () =>
      `two variants are called "${name}"`);
  }
  for (const name of only ?? [])
    require(all.some((variant) => variant.name === name), 'ERR_CONFIG', () =>
      `no variant is called "${name}"; there are ${all.map((variant) => `"${variant.name}"`).join(', ')}`);
  return only === undefined ? [...all] : all.filter(({ name }) => only.includes(name));
}

const eventsOf = async (
  workdir: string,
  config: Config,
  work: Pick<RunOptions<Config>, 'onEvent' | 'onProgress' | 'signal'>,
) => (await new StudyRuns(workdir).stages(config, [eventsStage as never], work)).output(eventsStage);

interface Planned {
  readonly names: string[];
  readonly config: Config;
  readonly seed: number;
}

/**
 * Runs a base and its variants, each seed of each once, on the stages that they share, and sets every variant beside
 * the base: the paired difference over the same users. What was finished before is not run again, whatever else is
 * asked for this time. The folder's own run (`cohear run`) stays as it is.
 * @throws CohearError ERR_CONFIG for a variant that is no config, that would be judged on other events, for the test
 *   window without a reason; whatever a run throws
 */
export async function ablate(options: AblateOptions): Promise<Ablation> {
  const {
    config,
    workdir,
    system = '2t-hgnn',
    seeds = [config.seed],
    why = null,
    onStudy,
    ...rest
  } = options;
  const { window } = config.evaluation;
  require(config.split.by !==
    'none', 'ERR_CONFIG', 'split.by: "none" holds nothing out, so there is nothing to judge variants by');
  require(window === 'validation' ||
    (why !== null &&
      why.trim() !==
        ''), 'ERR_CONFIG', `the test window is for what was chosen before: say why it is looked at (--why "..."), or use the validation window`);
  require(seeds.length > 0 && new Set(seeds).size === seeds.length, 'ERR_CONFIG', () =>
    `seeds: want different ones, got ${seeds.join(', ')}`);
  const base: Variant = { name: BASE, set: [], system };
  const variants = [base, ...(await variantsOf(options))];
  const planned = plan(config, variants, seeds, system);
  const runs = new StudyRuns(workdir);
  await runs.clean();
  const work = { onEvent: rest.onEvent, onProgress: rest.onProgress, signal: rest.signal };
  const folders = new Map<string, string>();
  for (const [index, { names, seed, config: own }] of planned.entries()) {
    if (rest.signal?.aborted)
      throw new CohearError(
        'ERR_CANCELLED',
        `stopped after ${index} of ${planned.length} runs; the same command goes on from there`,
      );
    const folder = await runs.folderOf(own);
    for (const name of names) folders.set(`${seed} ${name}`, folder);
    const at = { index, count: planned.length, names, seed };
    if (runs.has(folder)) {
      onStudy?.({ type: 'kept', ...at });
      continue;
    }
    onStudy?.({ type: 'begin', ...at });
    await runs.make(own, folder, work);
    onStudy?.({ type: 'done', ...at });
  }
  const dataset = await eventsOf(workdir, config, work);
  const kept = new Map<string, KeptRun>();
  for (const folder of new Set(folders.values())) kept.set(folder, (await runs.read(folder))!);
  const of = ({ name }: Variant) => seeds.map((seed) => kept.get(folders.get(`${seed} ${name}`)!)!);
  const times = timeline(dataset, timelineConfig(config));
  const first = of(base)[0]!;
  const contender = (variant: Variant): Contender => ({
    name: variant.name,
    runs: of(variant).map(({ systems }) => systems.find(({ name }) => name === (variant.system ?? system))!),
  });
  const results = compare({
    catalogue: dataset.catalogue,
    history: histories(times.known.log, dataset.users.size),
    judged: first.judged,
    base: contender(base),
    others: variants.slice(1).map(contender),
    metrics: config.evaluation.metrics.filter((name) => !LIST_METRIC.test(name)),
    seed: config.seed,
    bootstrap: config.evaluation.bootstrap,
  });
  const byName = new Map(variants.map((variant) => [variant.name, variant]));
  const { seed: _, ...protocol } = first.judgement.protocol;
  return {
    kind: 'ablation',
    cohear: version,
    window,
    why,
    system,
    seeds,
    types: dataset.catalogue.types,
    protocol,
    data: first.judgement.data,
    config,
    variants: variants.map((variant) => ({
      name: variant.name,
      system: variant.system ?? system,
      set: Object.fromEntries(variant.set.map(({ path, value }) => [path.join('.'), value])),
      stages: costs(of(variant), stagesFor(config, variant.system ?? system)),
      runs: seeds.map((seed) => runs.relative(folders.get(`${seed} ${variant.name}`)!)),
    })),
    results: results.map((slice) => {
      const variant = byName.get(slice.name)!;
      return { ...slice, lists: listsOf(slice, variant.system ?? system, of(variant)) };
    }),
    similar: of(base).flatMap(({ judgement }) => judgement.similar ?? []),
  };
}

/** The runs that are needed: variants that change nothing but the system share one. */
function plan(
  config: Config,
  variants: readonly Variant[],
  seeds: readonly number[],
  system: SystemName,
): Planned[] {
  const groups = new Map<string, { names: string[]; systems: Set<SystemName>; config: Config }>();
  for (const variant of variants) {
    const own = configOf(config, variant);
    for (const part of ['events', 'items', 'users', 'split'] as const)
      require(fingerprint(own[part] ?? null) === fingerprint(config[part] ?? null), 'ERR_CONFIG', () =>
        `variant "${variant.name}" changes "${part}": it would be judged on other events than the base and could not be ` +
        'compared user by user; make an ablation of that config by itself');
    require(own.evaluation.window === config.evaluation.window &&
      own.seed === config.seed, 'ERR_CONFIG', () =>
      `variant "${variant.name}": the window and the seed are those of the whole ablation (--window, --seeds)`);
    const key = fingerprint(own);
    const group = groups.get(key) ?? { names: [], systems: new Set(), config: own };
    group.names.push(variant.name);
    group.systems.add(variant.system ?? system);
    groups.set(key, group);
  }
  return seeds.flatMap((seed) =>
    [...groups.values()].map(({ names, systems, config: own }) => ({
      names,
      seed,
      config: { ...own, seed, evaluation: { ...own.evaluation, systems: [...systems].sort() } },
    })),
  );
}

/** The stages that a system is made from: a run that several variants share may have more. */
const stagesFor = (config: Config, system: SystemName): string[] =>
  stagesOf({ ...config, evaluation: { ...config.evaluation, systems: [system] } }).map(({ name }) => name);

function costs(runs: readonly KeptRun[], wanted: readonly string[]): AblatedVariant['stages'] {
  const names = Object.keys(runs[0]!.stages).filter((name) => wanted.includes(name));
  return Object.fromEntries(names.map((name) => [name, runs.map(({ stages }) => stages[name]!)]));
}

function listsOf(slice: Compared, system: SystemName, runs: readonly KeptRun[]): AblatedSlice['lists'] {
  const same = (row: SystemResult) =>
    row.name === system &&
    row.scope === slice.scope &&
    row.users === slice.users &&
    row.items === slice.items &&
    row.candidates === slice.candidates;
  const rows = runs.map(({ judgement }) => judgement.systems.find(same)!.metrics);
  const names = Object.keys(rows[0]!).filter((name) => LIST_METRIC.test(name));
  return Object.fromEntries(
    names.map((name) => {
      const seeds = rows.map((metrics) => metrics[name]!.value);
      return [name, { value: seeds.reduce((a, b) => a + b, 0) / seeds.length, seeds }];
    }),
  );
}

/** Reads a file of variants. @throws CohearError ERR_CONFIG where it is none */
export async function readVariants(path: string): Promise<Variant[]> {
  const from = await readJson<unknown>(path).catch((cause: Error) => {
    throw new CohearError('ERR_CONFIG', `${path} cannot be read as JSON: ${cause.message}`, { cause });
  });
  return parseVariants(from, path);
}
