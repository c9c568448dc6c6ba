import { Command } from 'commander';
import {
  backendOption,
  examples,
  forceOption,
  jsonOption,
  leakcheckOption,
  overridesOf,
  setOption,
  threadsOption,
  verifyOption,
  type WorkOptions,
} from '../options.js';
import type { Shell } from '../shell.js';
import { runStagesOf, tellRun } from '../work.js';

/** `cohear evaluate`: judges the run in a folder, with other settings where they are given. */
export function evaluateCommand(shell: Shell): Command {
  const command = new Command('evaluate')
    .summary('Judge the run in a folder, with other settings if you like')
    .description(
      "Judge the run in a folder. It uses that run's config, with your overrides; stages that these change are made " +
        'again, earlier results stay and are found again when you go back.',
    )
    .requiredOption('--workdir <dir>', "the run's folder")
    .addOption(setOption())
    .addOption(threadsOption())
    .addOption(backendOption())
    .addOption(forceOption())
    .addOption(verifyOption())
    .addOption(leakcheckOption())
    .addOption(jsonOption())
    .action(async (options: WorkOptions & { workdir: string }) => {
      const { workdir } = options;
      const config = await shell.product.storedConfig(workdir, await overridesOf(options));
      await tellRun(
        shell,
        await runStagesOf(shell, config, workdir, options),
        workdir,
        options.json === true,
      );
    });
  return examples(
    command,
    'evaluate --workdir runs/food-kitchen',
    'evaluate --workdir runs/food-kitchen --set evaluation.window=validation',
    'evaluate --workdir runs/food-kitchen --set "evaluation.systems=[popularity-14d, 2t-hgnn]" --json',
  );
}
