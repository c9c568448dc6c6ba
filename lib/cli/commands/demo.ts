import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { readJson } from '../../artifacts/index.js';
import type { ListedItem, Recommendations } from '../../pipeline/index.js';
import { audioConfig } from '../audio-config.js';
import {
  backendOption,
  examples,
  jsonOption,
  overridesOf,
  setOption,
  threadsOption,
  type WorkOptions,
  whole,
  workdirOption,
} from '../options.js';
import type { SynthSizes } from '../product.js';
import type { Shell } from '../shell.js';
import { interruptible, runStagesOf, tellRun } from '../work.js';
import { itemTable } from './lists.js';
import { sizeOptions, sizesOf } from './synth.js';

type DemoOptions = WorkOptions & SynthSizes & { readonly workdir: string };

/** Writes the platform, unless the folder holds it already. */
async function platform(shell: Shell, folder: string, sizes: SynthSizes): Promise<void> {
  const wanted = await shell.product.synthParameters(sizes);
  const report = join(folder, 'synth.json'); // written last: where it is, the rest is whole
  if (existsSync(report)) {
    const there = await readJson<{ parameters: object }>(report).catch(() => undefined);
    if (JSON.stringify(there?.parameters) === JSON.stringify(wanted))
      return shell.reporter.line(`synthetic audio platform: unchanged in ${folder}`);
  }
  shell.reporter.line(`synthetic audio platform, to ${folder}`);
  await interruptible(shell, (signal) =>
    shell.product.synth({ ...sizes, folder, onProgress: shell.reporter.onProgress, signal }),
  );
}

interface Example {
  readonly user: string;
  readonly history: readonly ListedItem[];
  readonly items: readonly ListedItem[];
}

/** Recommendations for a few users, with what they had lately. */
async function listsOf(run: Recommendations, users: number): Promise<Example[]> {
  const lists: Example[] = [];
  for (const user of await run.sampleUsers(users))
    lists.push({ user, history: await run.history(user, 3), items: await run.recommend(user, { k: 5 }) });
  return lists;
}

function tellLists(shell: Shell, lists: readonly Example[]): void {
  for (const { user, history, items } of lists) {
    const had = history.map(({ title, id, type }) => `${title ?? id} (${type})`).join(', ');
    shell.out(`\nFor ${user}, who lately had ${had}:\n${itemTable(items)}\n`);
  }
}

/** `cohear demo`: a synthetic platform, the whole run on it, and recommendations to look at. */
export function demoCommand(shell: Shell): Command {
  const command = new Command('demo')
    .summary('See it work: a synthetic platform, a whole run, recommendations')
    .description(
      'Make a synthetic audio platform, run everything on it, and end with the table of systems and recommendations ' +
        'for three users. Minutes at the default size; again is quick.',
    )
    .addOption(workdirOption("the run's folder").default(join('runs', 'demo')))
    .option('--seed <n>', 'seed of the platform and of every random draw', whole(0))
    .addOption(threadsOption())
    .addOption(backendOption())
    .addOption(setOption())
    .addOption(jsonOption());
  sizeOptions(command).action(async (options: DemoOptions) => {
    const { workdir, json } = options;
    const data = resolve(workdir, 'data');
    const { applyOverrides, resolveConfig } = await import('../../pipeline/config/index.js');
    const config = resolveConfig(applyOverrides(audioConfig, await overridesOf(options)), data, 'the demo');
    await platform(shell, data, sizesOf(options));
    const run = await runStagesOf(shell, config, workdir, options);
    if (json) {
      const lists = await listsOf(await shell.product.open(workdir), 3);
      return tellRun(shell, run, workdir, true, { lists });
    }
    await tellRun(shell, run, workdir, false);
    tellLists(shell, await listsOf(await shell.product.open(workdir), 3));
    shell.reporter.line(
      `\nAsk for more: cohear recommend --workdir ${workdir} --user ID, cohear similar --workdir ${workdir} --item ID`,
    );
  });
  return examples(command, 'demo', 'demo --users 500 --podcasts 300 --audiobooks 80 --workdir runs/small');
}
