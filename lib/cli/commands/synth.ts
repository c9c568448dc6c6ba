import { Command } from 'commander';
import { examples, jsonOption, number, whole } from '../options.js';
import type { SynthSizes } from '../product.js';
import type { Shell } from '../shell.js';
import { interruptible } from '../work.js';

/** Adds the flags that size the synthetic platform; what is left out has the generator's default. */
export const sizeOptions = (command: Command): Command =>
  command
    .option('--users <n>', 'users (default: 3000)', whole(1))
    .option('--podcasts <n>', 'podcasts in the catalogue (default: 1500)', whole(1))
    .option('--audiobooks <n>', 'audiobooks in the catalogue (default: 400)', whole(1))
    .option('--days <n>', 'days that the events span (default: 120)', whole(28))
    .option(
      '--events-per-user <x>',
      'events of a user on average, strong and weak (default: 30)',
      number(0, 2000),
    )
    .option(
      '--graph-signal <x>',
      'how much of taste only co-interaction reveals, from 0 (none) to 1 (default: 0.6)',
      number(0, 1),
    );

/** The sizes among a command's options. */
export function sizesOf(options: SynthSizes): SynthSizes {
  const { users, podcasts, audiobooks, days, eventsPerUser, graphSignal, seed } = options;
  const given = Object.entries({ users, podcasts, audiobooks, days, eventsPerUser, graphSignal, seed });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** `cohear synth`: writes a synthetic audio platform. */
export function synthCommand(shell: Shell): Command {
  const command = new Command('synth')
    .summary('Write a synthetic audio platform: events, items, users')
    .description(
      'Write a synthetic audio platform as Parquet: events, items with words, users. The same flags give the same ' +
        'files. A config for it is in examples/audio.',
    )
    .requiredOption('--out <dir>', 'folder of the files; made when it is not there')
    .option('--seed <n>', 'seed of every random draw (default: 0)', whole(0))
    .addOption(jsonOption());
  sizeOptions(command).action(async (options: SynthSizes & { out: string; json?: boolean }) => {
    const report = await interruptible(shell, (signal) =>
      shell.product.synth({
        ...sizesOf(options),
        folder: options.out,
        onProgress: shell.reporter.onProgress,
        signal,
      }),
    );
    if (options.json) shell.out(`${JSON.stringify(report)}\n`);
    else shell.reporter.line(`wrote ${Object.values(report.files).join(', ')} to ${options.out}`);
  });
  return examples(
    command,
    'synth --out data/audio',
    'synth --out data/large --users 1000000 --podcasts 250000 --audiobooks 50000',
  );
}
