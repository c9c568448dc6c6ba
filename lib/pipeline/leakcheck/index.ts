import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fingerprint, readJson, writeJson } from '../../artifacts/index.js';
import { CohearError } from '../../errors/index.js';
import { loadDataset } from '../../events/index.js';
import type { LongWork } from '../../progress/index.js';
import type { Config } from '../config/index.js';
import { type Manifest, readManifest } from '../manifest.js';
import { storedConfig } from '../stored-config.js';
import { version } from '../version.js';
import type { CheckContext } from './context.js';
import { checkEdges, checkNegatives } from './graph.js';
import { checkJudgedPairs, checkPopularity, checkVocabulary } from './ranks.js';
import { date, Findings, type LeakReport } from './report.js';
import { checkExamples, checkHistories, checkStatistics } from './towers.js';
import { moment, Truth } from './truth.js';

export type { LeakReport } from './report.js';

/** What `leakcheck.json` holds. */
export interface LeakCheck {
  readonly cohear: string;
  /** The run that was checked. */
  readonly run: string;
  readonly cut: string | null;
  /** Of all checks together. */
  readonly leaks: number;
  readonly checks: readonly LeakReport[];
  /** Why nothing was checked; null where it was. */
  readonly unchecked: string | null;
}

const FILE = 'leakcheck.json';

/** Why a config's protocol cannot be checked against one moment, or null. */
function unchecked({ split }: Config): string | null {
  if (split.by !== 'time')
    return `split.by: "${split.by}" has no one moment before which everything is made; leakcheck needs "time"`;
  return null;
}

/**
 * Sets what the run in a folder was made from beside the event table, asked in SQL: edges, statistics, histories,
 * examples, negatives, popularity, what is judged, and which items there are. Nothing of a moment may hold what was
 * not known before it. The result is kept in `leakcheck.json`; a run that has not changed since is not checked again
 * unless `again`.
 * @throws CohearError ERR_CONFIG where there is no run, ERR_IO where the event table cannot be read any more
 */
export async function leakcheck(
  workdir: string,
  { again = false, signal, onProgress }: LongWork & { readonly again?: boolean } = {},
): Promise<LeakCheck> {
  const root = resolve(workdir);
  const config = await storedConfig(root);
  const manifest = await readManifest(root);
  const path = join(root, FILE);
  const run = contentOf(manifest);
  if (!again && existsSync(path)) {
    const kept = await readJson<LeakCheck>(path).catch(() => undefined);
    if (kept?.run === run && kept.cohear === version) return kept;
  }
  const reason = unchecked(config);
  const result: LeakCheck =
    reason === null
      ? { ...(await check(root, config, manifest, { signal, onProgress })), run }
      : { cohear: version, run, cut: null, leaks: 0, checks: [], unchecked: reason };
  await writeJson(path, result);
  return result;
}

/** What a run is made of. */
const contentOf = ({ stages }: Manifest): string =>
  fingerprint(
    Object.fromEntries(
      Object.entries(stages).map(([name, record]) => [name, [record.fingerprint, record.content]]),
    ),
  );

async function check(
  workdir: string,
  config: Config,
  manifest: Manifest,
  { signal, onProgress }: LongWork,
): Promise<Omit<LeakCheck, 'run'>> {
  const events = manifest.stages.events;
  if (events === undefined)
    throw new CohearError('ERR_IO', `${workdir} has no events yet: finish it with \`cohear run\``);
  const dataset = await loadDataset(join(workdir, events.folder));
  const { split, evaluation } = config;
  const cut = moment(evaluation.window === 'validation' ? split.validation : split.test, dataset.log);
  const truth = await Truth.open(config, dataset, cut, signal);
  const context: CheckContext = { workdir, manifest, config, dataset, truth, cut };
  const checks = [
    checkCut,
    checkHistories,
    checkExamples,
    checkStatistics,
    checkEdges,
    checkNegatives,
    checkPopularity,
    checkJudgedPairs,
    checkVocabulary,
  ];
  try {
    const reports: LeakReport[] = [];
    for (const [done, one] of checks.entries()) {
      onProgress?.({ task: 'leakcheck', done, total: checks.length, unit: 'checks' });
      if (signal?.aborted) throw new CohearError('ERR_CANCELLED', 'leakcheck was stopped');
      reports.push((await one(context)).report());
    }
    onProgress?.({ task: 'leakcheck', done: checks.length, total: checks.length, unit: 'checks' });
    const leaks = reports.reduce((sum, report) => sum + report.leaks, 0);
    return { cohear: version, cut: date(cut), leaks, checks: reports, unchecked: null };
  } finally {
    truth.close();
  }
}

/** The moment for which the run says that it was made. */
async function checkCut({ workdir, manifest, cut }: CheckContext): Promise<Findings> {
  const found = new Findings('cut', 'moments');
  const record = manifest.stages.evaluation;
  if (record === undefined) return found;
  const judgement = await readJson<{ protocol: { from: string } }>(
    join(workdir, record.folder, 'judgement.json'),
  );
  const from = Date.parse(judgement.protocol.from) / 1000;
  found.checked(1);
  if (Math.abs(from - cut) > 0.001)
    // dates are written in milliseconds
    found.leak(
      () =>
        `evaluation: the window begins at ${date(from)}; by the config and the event times it is ${date(cut)}`,
    );
  return found;
}

/** The result for people. */
export function formatLeakcheck({ checks, leaks, cut, unchecked: reason }: LeakCheck): string {
  if (reason !== null) return `not checked: ${reason}`;
  const lines = checks.flatMap(({ name, checked, unit, leaks: found, examples, notes }) => [
    `${name.padEnd(11)} ${found === 0 ? 'ok  ' : 'LEAK'} ${found === 0 ? '' : `${found} in `}${checked} ${unit}`,
    ...examples.map((words) => `            ${words}`),
    ...(found > examples.length && examples.length > 0
      ? [`            and ${found - examples.length} more`]
      : []),
    ...notes.map((words) => `            note: ${words}`),
  ]);
  const head =
    leaks === 0
      ? `nothing from ${cut} on was found in what was made before it`
      : `${leaks} leaks of what came at or after ${cut}`;
  return [head, ...lines].join('\n');
}

/** @throws CohearError ERR_VALUE that names the leaks, where there are any */
export function requireNoLeaks(result: LeakCheck): void {
  if (result.leaks > 0) throw new CohearError('ERR_VALUE', formatLeakcheck(result));
}
