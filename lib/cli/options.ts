import { basename, dirname, join, resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Override } from '../pipeline/config/index.js';

/** A parser of whole numbers from `least` on, for commander. */
export const whole =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text.trim()) || value < least || value > most)
      throw new InvalidArgumentError(
        `Want a whole number from ${least}${most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ' on'}.`,
      );
    return value;
  };

/** A parser of numbers in a range, for commander. */
export const number =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= least && value <= most))
      throw new InvalidArgumentError(`Want a number from ${least} to ${most}.`);
    return value;
  };

/** A parser that gathers what a repeatable option is given. */
export const collect = (value: string, before: string[] = []): string[] => [...before, value];

export const setOption = () =>
  new Option(
    '--set <path=value>',
    'override a field of the config, e.g. graph.topK=20 (repeatable)',
  ).argParser(collect);
export const threadsOption = () =>
  new Option('--threads <n>', 'threads of native work; results do not depend on it').argParser(
    whole(1, 1024),
  );
export const backendOption = () =>
  new Option(
    '--backend <name>',
    'what trains the networks (the same as --set training.backend=NAME); tensorflow wants @tensorflow/tfjs-node',
  ).choices(['cohear', 'tensorflow', 'cpu']);
export const jsonOption = () =>
  new Option('--json', 'machine-readable output on stdout; progress stays on stderr');
export const workdirOption = (text = "the run's folder") => new Option('--workdir <dir>', text);
export const forceOption = () =>
  new Option('--force <stage>', 'make a stage again although nothing has changed (repeatable)').argParser(
    collect,
  );
export const verifyOption = () => new Option('--verify', 'compare every artifact with its checksum first');

export const leakcheckOption = () =>
  new Option('--no-leakcheck', 'leave out the check for leaks at the end (`cohear leakcheck` does it later)');

/** Options of the commands that run stages. */
export interface WorkOptions {
  readonly leakcheck?: boolean;
  readonly set?: string[];
  readonly threads?: number;
  readonly backend?: string;
  readonly force?: string[];
  readonly verify?: boolean;
  readonly json?: boolean;
}

/** The overrides of a command line; `--seed` and `--backend` are among them. */
export async function overridesOf(options: {
  set?: string[];
  seed?: number | undefined;
  backend?: string | undefined;
}): Promise<Override[]> {
  const { parseOverride } = await import('../pipeline/config/overrides.js');
  const seed = options.seed === undefined ? [] : [{ path: ['seed'], value: options.seed }];
  const backend =
    options.backend === undefined ? [] : [{ path: ['training', 'backend'], value: options.backend }];
  return [...(options.set ?? []).map(parseOverride), ...seed, ...backend];
}

/** Where a run lies that was given no folder: `runs/<name of the config's folder>`. */
export const defaultWorkdir = (config: string): string => join('runs', basename(dirname(resolve(config))));

/** Puts examples below a command's help. */
export const examples = (command: Command, ...lines: string[]): Command =>
  command.addHelpText('after', `\nExamples:\n${lines.map((line) => `  $ cohear ${line}`).join('\n')}`);
