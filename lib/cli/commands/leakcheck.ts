import { Command } from 'commander';
import { examples, jsonOption } from '../options.js';
import type { Shell } from '../shell.js';
import { interruptible } from '../work.js';

/** `cohear leakcheck`: whether anything that a run is made from was not known yet. */
export function leakcheckCommand(shell: Shell): Command {
  const command = new Command('leakcheck')
    .summary('Check that nothing of a run knew what came later')
    .description(
      'Set what the run in a folder was made from beside the event table, asked in SQL: edges, statistics, histories,\n' +
        'training examples, negatives, popularity, the judged pairs, and which items there are. Nothing that was made\n' +
        'for a moment may hold what came at or after it. Each leak is named: what, where, what the table says.\n' +
        '`cohear run` ends with this check; here it is done again, whatever it found then. Ends with 1 where there are\n' +
        'leaks.',
    )
    .requiredOption('--workdir <dir>', 'the folder of a finished run')
    .addOption(jsonOption())
    .action(async ({ workdir, json }: { workdir: string; json?: boolean }) => {
      const { formatLeakcheck, requireNoLeaks } = await import('../../pipeline/index.js');
      const result = await interruptible(shell, (signal) =>
        shell.product.leakcheck(workdir, { again: true, signal, onProgress: shell.reporter.onProgress }),
      );
      if (json) shell.out(`${JSON.stringify(result)}\n`);
      requireNoLeaks(result);
      if (!json) shell.out(`${formatLeakcheck(result)}\n`);
    });
  return examples(command, 'leakcheck --workdir runs/food-kitchen', 'leakcheck --workdir runs/audio --json');
}
