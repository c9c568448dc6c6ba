import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config, RunResult } from '../pipeline/index.js';
import { formatSeconds } from '../progress/index.js';
import { interruptSignal } from './interrupt.js';
import type { WorkOptions } from './options.js';
import type { Shell } from './shell.js';
import { stageLines } from './stage-lines.js';

/** Sets the threads of native work, where a number was given. */
export async function applyThreads(threads: number | undefined): Promise<void> {
  if (threads !== undefined) (await import('../native/index.js')).setThreads(threads);
}

/** Does long work under a signal that Ctrl-C aborts, and ends the progress lines after it. */
export async function interruptible<T>(shell: Shell, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { signal, release } = interruptSignal(shell.reporter.line);
  try {
    return await work(signal);
  } finally {
    release();
    shell.reporter.settle();
  }
}

/** Runs the stages with progress. */
export async function runStagesOf(
  shell: Shell,
  config: Config,
  workdir: string,
  { force, verify, threads, leakcheck }: WorkOptions,
): Promise<RunResult> {
  await applyThreads(threads);
  return interruptible(shell, (signal) =>
    shell.product.run({
      config,
      workdir,
      force,
      verify,
      leakcheck,
      signal,
      onEvent: stageLines(shell.reporter),
      onProgress: shell.reporter.onProgress,
    }),
  );
}

/** Tells the result of a run: its evaluation as a table, or as JSON with what the manifest knows, and `more`. */
export async function tellRun(
  shell: Shell,
  run: RunResult,
  workdir: string,
  json: boolean,
  more: object = {},
): Promise<void> {
  const [table, evaluation] = ['evaluation.txt', 'evaluation.json'].map((name) => join(workdir, name));
  if (json) {
    const result = existsSync(evaluation!) ? JSON.parse(await readFile(evaluation!, 'utf8')) : null;
    const { seconds, peakRssMb } = run;
    shell.out(
      `${JSON.stringify({ workdir, seconds, peak_rss_mb: peakRssMb, evaluation: result, ...more })}\n`,
    );
    return;
  }
  if (existsSync(table!)) shell.out(`${(await readFile(table!, 'utf8')).trimEnd()}\n`);
  const total = Object.values(run.seconds).reduce((a, b) => a + b, 0);
  shell.reporter.line(`run in ${workdir}: ${formatSeconds(total)} of work, at most ${run.peakRssMb} MB`);
}
