import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { writeAtomic, writeJson } from '../../artifacts/index.js';
import { SYSTEM_NAMES, type SystemName } from '../../evaluation/types.js';
import type { AblateOptions, StudyEvent, Variant } from '../../pipeline/index.js';
import {
  backendOption,
  collect,
  defaultWorkdir,
  examples,
  jsonOption,
  overridesOf,
  setOption,
  threadsOption,
  workdirOption,
} from '../options.js';
import type { Shell } from '../shell.js';
import { stageLines } from '../stage-lines.js';
import { textTable } from '../text-table.js';
import { applyThreads, interruptible } from '../work.js';

interface AblateCommandOptions {
  readonly config: string;
  readonly workdir?: string;
  readonly variants?: string;
  readonly variant?: string[];
  readonly only?: string[];
  readonly seeds?: number[];
  readonly system: SystemName;
  readonly window: 'validation' | 'test';
  readonly why?: string;
  readonly list?: boolean;
  readonly out?: string;
  readonly set?: string[];
  readonly threads?: number;
  readonly json?: boolean;
}

/** Seeds as they are typed: "1,2,3". */
export function seedList(text: string): number[] {
  const seeds = text.split(',').map((part) => part.trim());
  if (!seeds.every((seed) => /^\d+$/.test(seed)) || new Set(seeds).size !== seeds.length)
    throw new InvalidArgumentError('Want different whole numbers with commas between, such as 1,2,3.');
  return seeds.map(Number);
}

/** `cohear ablate`: what each part of a config is worth. */
export function ablateCommand(shell: Shell): Command {
  const command = new Command('ablate')
    .summary('What each part of a config is worth, in one table')
    .description(
      'Say what each part of a config is worth: run it and variants of it, each a part taken away or an alternative put\n' +
        'in place, and print one table: every metric per item type, and its paired difference to the base over the same\n' +
        'users with the 95 % interval. Stages that variants share are made once; a variant that is finished is never\n' +
        "run again, so the same command goes on after a stop. The folder's own run (cohear run) stays as it is.\n\n" +
        'Without --variants or --variant the table of the papers is run: no graph, graph alone, text alone, no text,\n' +
        'no balanced sampler, the other loss, other edges, an older foundation layer, one snapshot, and without the\n' +
        'edges of each relation (--list prints it).',
    )
    .requiredOption('--config <file>', 'config file: .ts, .mts, .js, .mjs or .json')
    .addOption(workdirOption("the run's folder (default: runs/<name of the config's folder>)"))
    .option(
      '--variants <file>',
      'JSON: { "name": { "path.to.field": value, "system": "2t" } }; "system" stands for the variant',
    )
    .addOption(
      new Option(
        '--variant <name=path=value>',
        'a variant, e.g. "small=hgnn.out=64"; the same name again adds to it (repeatable)',
      ).argParser(collect),
    )
    .addOption(new Option('--only <name>', 'of all variants only this one (repeatable)').argParser(collect))
    .addOption(
      new Option(
        '--seeds <list>',
        "seeds to run everything with, e.g. 1,2,3 (default: the config's)",
      ).argParser(seedList),
    )
    .addOption(
      new Option('--system <name>', 'the system that is judged, where a variant names no other')
        .choices(SYSTEM_NAMES)
        .default('2t-hgnn'),
    )
    .addOption(
      new Option('--window <window>', 'the window that is judged')
        .choices(['validation', 'test'])
        .default('validation'),
    )
    .option(
      '--why <sentence>',
      'why the test window is looked at; needed with --window test, kept in the result',
    )
    .option('--list', 'print the variants and stop')
    .option(
      '--out <file>',
      'the result as JSON, a table beside it as .txt (default: ablation.json in the workdir)',
    )
    .addOption(setOption())
    .addOption(threadsOption())
    .addOption(backendOption())
    .addOption(jsonOption())
    .action((options: AblateCommandOptions) => run(shell, options));
  return examples(
    command,
    'ablate --config examples/food-kitchen/cohear.config.ts --seeds 1,2,3',
    'ablate --config my.config.ts --list',
    'ablate --config my.config.ts --variant "small=hgnn.out=64" --variant "small=twoTower.out=64"',
    'ablate --config my.config.ts --window test --why "the table of the report; nothing is chosen by it"',
  );
}

async function run(shell: Shell, options: AblateCommandOptions): Promise<void> {
  const { formatAblation, loadConfig, parseVariantFlags, readVariants } = await import(
    '../../pipeline/index.js'
  );
  const overrides = [
    ...(await overridesOf(options)),
    { path: ['evaluation', 'window'], value: options.window },
  ];
  const config = await loadConfig(options.config, overrides);
  const workdir = options.workdir ?? defaultWorkdir(options.config);
  const given = [
    ...(options.variants === undefined ? [] : await readVariants(options.variants)),
    ...parseVariantFlags(options.variant ?? []),
  ];
  await applyThreads(options.threads);
  await interruptible(shell, async (signal) => {
    const study: AblateOptions = {
      config,
      workdir,
      variants: given.length > 0 ? given : undefined,
      only: options.only,
      seeds: options.seeds,
      system: options.system,
      why: options.why,
      signal,
      onProgress: shell.reporter.onProgress,
      onEvent: stageLines(shell.reporter),
      onStudy: studyLines(shell),
    };
    if (options.list)
      return tellVariants(
        shell,
        await shell.product.variantsOf({ ...study, onEvent: undefined }),
        options.json,
      );
    const ablation = await shell.product.ablate(study);
    const out = options.out ?? join(workdir, 'ablation.json');
    const table = `${formatAblation(ablation)}\n`;
    await writeJson(out, ablation);
    await writeAtomic(out.replace(/(\.json)?$/, '.txt'), table);
    shell.out(options.json ? `${JSON.stringify(ablation)}\n` : table);
    shell.reporter.line(`written to ${out}`);
  });
}

/** Tells which run of how many a study is at. */
export const studyLines =
  (shell: Shell) =>
  ({ type, index, count, names, seed }: StudyEvent): void => {
    shell.reporter.settle();
    const head = `run ${index + 1} of ${count}: ${names.join(' / ')}, seed ${seed}`;
    shell.reporter.line(type === 'begin' ? head : `${head}: ${type === 'done' ? 'done' : 'finished before'}`);
  };

function tellVariants(shell: Shell, variants: readonly Variant[], json: boolean | undefined): void {
  const rows = variants.map(({ name, system, set }) => ({
    name,
    changes: [
      ...set.map(({ path, value }) => `${path.join('.')}=${JSON.stringify(value)}`),
      ...(system ? [`system=${system}`] : []),
    ].join(' '),
  }));
  shell.out(
    json
      ? `${JSON.stringify(variants.map(({ name, system, set }) => ({ name, ...(system && { system }), set: Object.fromEntries(set.map(({ path, value }) => [path.join('.'), value])) })))}\n`
      : `${textTable(
          ['variant', 'changes'],
          rows.map(({ name, changes }) => [name, changes]),
        )}\n`,
  );
}
