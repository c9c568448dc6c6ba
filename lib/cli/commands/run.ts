import { Command } from 'commander';
import {
  backendOption,
  defaultWorkdir,
  examples,
  forceOption,
  jsonOption,
  leakcheckOption,
  overridesOf,
  setOption,
  threadsOption,
  verifyOption,
  type WorkOptions,
  whole,
  workdirOption,
} from '../options.js';
import type { Shell } from '../shell.js';
import { runStagesOf, tellRun } from '../work.js';

/** `cohear run`: all stages, from events to evaluated recommendations. */
export function runCommand(shell: Shell): Command {
  const command = new Command('run')
    .summary('Run all stages of a config')
    .description(
      'Run all stages of a config, from events to evaluated recommendations. Stages that are unchanged are skipped; ' +
        'a run that was stopped or killed goes on where it was, with the same result.',
    )
    .requiredOption('--config <file>', 'config file: .ts, .mts, .js, .mjs or .json')
    .addOption(workdirOption("the run's folder (default: runs/<name of the config's folder>)"))
    .option('--seed <n>', 'seed of every random draw (the same as --set seed=N)', whole(0))
    .addOption(threadsOption())
    .addOption(backendOption())
    .addOption(setOption())
    .addOption(forceOption())
    .addOption(verifyOption())
    .addOption(leakcheckOption())
    .addOption(jsonOption())
    .action(async (options: WorkOptions & { config: string; workdir?: string; seed?: number }) => {
      const { loadConfig } = await import('../../pipeline/config/index.js');
      const config = await loadConfig(options.config, await overridesOf(options));
      const workdir = options.workdir ?? defaultWorkdir(options.config);
      await tellRun(
        shell,
        await runStagesOf(shell, config, workdir, options),
        workdir,
        options.json === true,
      );
    });
  return examples(
    command,
    'run --config examples/food-kitchen/cohear.config.ts',
    'run --config my.config.ts --workdir runs/small --set graph.topK=20 --set hgnn.epochs=5',
    'run --config my.config.ts --set evaluation.window=validation --json > result.json',
  );
}
