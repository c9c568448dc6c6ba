import { join } from 'node:path';
import { Command, Option } from 'commander';
import { writeAtomic, writeJson } from '../../artifacts/index.js';
import { SYSTEM_NAMES, type SystemName } from '../../evaluation/types.js';
import {
  defaultWorkdir,
  examples,
  jsonOption,
  number,
  overridesOf,
  setOption,
  threadsOption,
  whole,
  workdirOption,
} from '../options.js';
import type { Shell } from '../shell.js';
import { stageLines } from '../stage-lines.js';
import { applyThreads, interruptible } from '../work.js';
import { studyLines } from './ablate.js';

interface TuneCommandOptions {
  readonly config: string;
  readonly space: string;
  readonly workdir?: string;
  readonly strategy: 'random' | 'halving';
  readonly trials?: number;
  readonly budget?: number;
  readonly resource: string;
  readonly least: number;
  readonly eta: number;
  readonly metric: string;
  readonly scope: string;
  readonly system: SystemName;
  readonly out?: string;
  readonly seed?: number;
  readonly set?: string[];
  readonly threads?: number;
  readonly json?: boolean;
}

/** `cohear tune`: a search for better settings, on the validation window. */
export function tuneCommand(shell: Shell): Command {
  const command = new Command('tune')
    .summary('Search for better settings, on the validation window')
    .description(
      'Search a space of settings for the highest metric on the validation window; the test window is never looked at.\n' +
        'The budget, in units of --resource (epochs, steps), is told before the first training and what is spent with\n' +
        'each. A run that is finished is never run again: the same command goes on after a stop, and one with more\n' +
        'trials adds to what is there. The points are a function of the seed. Writes tune.json, tune.txt and\n' +
        'tuned.json, a config with the best values put in.\n\n' +
        'The space is JSON, a config path to how its values are drawn:\n' +
        '  { "hgnn.learningRate": { "log": [0.0001, 0.01] }, "hgnn.hidden": { "choice": [128, 256] },\n' +
        '    "twoTower.userBalance": { "uniform": [0, 1] }, "hgnn.negatives": { "int": [1, 10] },\n' +
        '    "twoTower.batch": { "logInt": [256, 4096] } }',
    )
    .requiredOption('--config <file>', 'config file: .ts, .mts, .js, .mjs or .json')
    .requiredOption('--space <file>', 'the search space, JSON')
    .addOption(workdirOption("the run's folder (default: runs/<name of the config's folder>)"))
    .addOption(
      new Option(
        '--strategy <name>',
        'random: every trial whole; halving: many with little, the best of them with more (successive halving)',
      )
        .choices(['random', 'halving'])
        .default('halving'),
    )
    .option('--trials <n>', 'points to try (default: 9, unless there is a budget)', whole(1))
    .option(
      '--budget <n>',
      'as many points as this much of the resource allows, instead of --trials',
      whole(1),
    )
    .option(
      '--resource <path>',
      'what a trial takes: a config path; its value there is a whole trial',
      'twoTower.epochs',
    )
    .option('--least <n>', 'halving: what each trial gets of the resource at first', whole(1), 1)
    .option('--eta <x>', 'halving: one in so many goes on, with so many times as much', number(1.1, 100), 3)
    .option('--metric <name>', 'what is to be high: hr@10, mrr, ndcg@10, recall@20, ...', 'hr@10')
    .option('--scope <name>', 'of the ranking over all types, or of an item type', 'all')
    .addOption(new Option('--system <name>', 'whose settings').choices(SYSTEM_NAMES).default('2t-hgnn'))
    .option('--out <file>', 'the config that is written (default: tuned.json in the workdir)')
    .option('--seed <n>', 'seed of the points and of every training (the same as --set seed=N)', whole(0))
    .addOption(setOption())
    .addOption(threadsOption())
    .addOption(jsonOption())
    .action((options: TuneCommandOptions) => run(shell, options));
  return examples(
    command,
    'tune --config my.config.ts --space space.json --trials 27',
    'tune --config my.config.ts --space space.json --budget 200 --resource hgnn.epochs --least 5',
    'tune --config my.config.ts --space space.json --strategy random --trials 20 --metric ndcg@10 --scope audiobook',
  );
}

async function run(shell: Shell, options: TuneCommandOptions): Promise<void> {
  const { formatPlan, formatTuning, loadConfig, readSpace } = await import('../../pipeline/index.js');
  const { strategy, budget, resource, least, eta, metric, scope, system } = options;
  const config = await loadConfig(options.config, await overridesOf(options));
  const workdir = options.workdir ?? defaultWorkdir(options.config);
  await applyThreads(options.threads);
  const tuning = await interruptible(shell, async (signal) =>
    shell.product.tune({
      config,
      workdir,
      space: await readSpace(options.space),
      strategy,
      trials: options.trials ?? (budget === undefined ? 9 : undefined),
      budget,
      resource,
      least,
      eta,
      metric,
      scope,
      system,
      signal,
      onProgress: shell.reporter.onProgress,
      onEvent: stageLines(shell.reporter),
      onStudy: studyLines(shell),
      onPlan: (plan) => shell.reporter.line(formatPlan(plan)),
    }),
  );
  const table = `${formatTuning(tuning)}\n`;
  const out = options.out ?? join(workdir, 'tuned.json');
  await writeJson(join(workdir, 'tune.json'), tuning);
  await writeAtomic(join(workdir, 'tune.txt'), table);
  await writeJson(out, tuning.config);
  shell.out(options.json ? `${JSON.stringify(tuning)}\n` : table);
  shell.reporter.line(`the best config: ${out}; all trials: ${join(workdir, 'tune.json')}`);
}
