import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { readJson, writeAtomic, writeJson } from '../artifacts/index.js';
import type { SystemResult } from '../evaluation/index.js';
import { type Config, configSchema } from './config/index.js';
import type { RunResult } from './engine.js';
import type { Judgement } from './stages/evaluation.js';
import type { StageRecord } from './store.js';
import { version } from './version.js';

/** One line of a learning curve: `epoch`, `steps`, `loss`, and what the trainer measures besides. */
export type CurvePoint = Readonly<Record<string, number>>;

/** `model-card.json`: what a run's models are, what they were made from, and how good they were found to be. */
export interface ModelCard {
  readonly format: 1;
  readonly cohear: string;
  readonly node: string;
  readonly cpu: string;
  readonly made: string;
  readonly seed: number;
  readonly data: {
    /** Of the events, items and users as they were read: the same data give the same. */
    readonly fingerprint: string;
    readonly counts: Readonly<Record<string, number>>;
    /** Of the judged run: users, items, events and pairs; null where nothing was judged. */
    readonly judged: Judgement['data'] | null;
  };
  /** The config without the places of its files. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Settings that are not the defaults, by path. */
  readonly changed: Readonly<Record<string, unknown>>;
  readonly models: readonly {
    readonly stage: string;
    /** Of a stage with several models, which. */
    readonly name?: string;
    readonly parameters: number | null;
    readonly curve: readonly CurvePoint[];
  }[];
  readonly protocol: Judgement['protocol'] | null;
  /** All users, items and candidates, per scope and system; empty where nothing was judged. */
  readonly metrics: readonly Pick<SystemResult, 'scope' | 'name' | 'n_users' | 'metrics'>[];
  readonly stages: readonly {
    readonly stage: string;
    readonly seconds: number;
    readonly peakRssMb: number;
    readonly bytes: number;
    readonly counts: Readonly<Record<string, number>>;
  }[];
}

/** Describes a finished run in `workdir`, as `model-card.json` and, for people, `model-card.md`. */
export async function writeModelCard(
  workdir: string,
  config: Config,
  result: RunResult,
  judgement: Judgement | null,
): Promise<ModelCard> {
  const records = Object.values(result.manifest.stages);
  const { folder: _, events, items, users, ...settings } = config;
  const tables = { events: withoutFile(events), items: withoutFile(items), users: withoutFile(users) };
  const models = [];
  for (const record of records) models.push(...(await modelsOf(workdir, record)));
  const card: ModelCard = {
    format: 1,
    cohear: version,
    node: process.version,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    made: new Date().toISOString(),
    seed: config.seed,
    data: {
      fingerprint: result.manifest.stages.events!.content,
      counts: result.manifest.stages.events!.counts,
      judged: judgement?.data ?? null,
    },
    settings: { ...tables, ...settings },
    changed: changes(settings, configSchema.parse({ events }) as Record<string, unknown>),
    models,
    protocol: judgement?.protocol ?? null,
    metrics: (judgement?.systems ?? [])
      .filter((row) => row.users === 'all' && row.items === 'all' && row.candidates === 'all')
      .map(({ scope, name, n_users, metrics }) => ({ scope, name, n_users, metrics })),
    stages: records.map(({ stage, seconds, peakRssMb, files, counts }) => ({
      stage,
      seconds,
      peakRssMb,
      bytes: Object.values(files).reduce((sum, file) => sum + file.bytes, 0),
      counts,
    })),
  };
  await writeJson(join(workdir, 'model-card.json'), card);
  await writeAtomic(join(workdir, 'model-card.md'), cardText(card));
  return card;
}

const withoutFile = <T extends object>(table: T | undefined): object | undefined =>
  table && Object.fromEntries(Object.entries(table).filter(([name]) => name !== 'file' && name !== 'test'));

/** The models that a stage left, as it describes them in model.json: one, or several by name. */
async function modelsOf(
  workdir: string,
  { stage, folder, counts }: StageRecord,
): Promise<ModelCard['models']> {
  const path = join(workdir, folder, 'model.json');
  if (!existsSync(path)) return [];
  const parameters = counts.parameters ?? null;
  const found = await readJson<{ curve: CurvePoint[] } | { models: { type: string; curve: CurvePoint[] }[] }>(
    path,
  );
  return 'models' in found
    ? found.models.map(({ type, curve }) => ({ stage, name: type, parameters, curve }))
    : [{ stage, parameters, curve: found.curve }];
}

/** Fields of `value` that differ from those of `usual`, by path. */
function changes(
  value: Readonly<Record<string, unknown>>,
  usual: Readonly<Record<string, unknown>>,
  path = '',
): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [name, here] of Object.entries(value)) {
    const there = usual[name];
    const at = path === '' ? name : `${path}.${name}`;
    const sections = [here, there].every((x) => typeof x === 'object' && x !== null && !Array.isArray(x));
    if (sections) Object.assign(found, changes(here as typeof value, there as typeof value, at));
    else if (JSON.stringify(here) !== JSON.stringify(there)) found[at] = here;
  }
  return found;
}

/** A table in Markdown. */
const table = (head: readonly string[], rows: readonly (readonly unknown[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

/** The points of a curve that a person reads: at most twelve, the first and the last among them. */
function thinned(curve: readonly CurvePoint[]): CurvePoint[] {
  const most = 12;
  if (curve.length <= most) return [...curve];
  return Array.from({ length: most }, (_, i) => curve[Math.round((i * (curve.length - 1)) / (most - 1))]!);
}

function curveTable(curve: readonly CurvePoint[]): string {
  const names = Object.keys(curve[0] ?? {});
  const cell = (name: string, value: number) =>
    name === 'epoch' ? value + 1 : Number.isInteger(value) ? value : value.toFixed(4);
  return table(
    names,
    thinned(curve).map((point) => names.map((name) => cell(name, point[name]!))),
  );
}

function metricTables({ metrics }: ModelCard): string[] {
  const scopes = [...new Set(metrics.map(({ scope }) => scope))];
  return scopes.map((scope) => {
    const rows = metrics.filter((row) => row.scope === scope);
    const names = [...new Set(rows.flatMap((row) => Object.keys(row.metrics)))];
    const figure = (row: (typeof rows)[number], name: string) => {
      const found = row.metrics[name];
      if (found === undefined) return '';
      const { value, low, high } = found;
      return low === undefined || high === undefined
        ? value.toFixed(4)
        : `${value.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`;
    };
    const of = scope === 'all' ? 'all types' : `type ${scope}`;
    return [
      `### ${of}, ${rows[0]!.n_users} users`,
      table(
        ['system', ...names],
        rows.map((row) => [row.name, ...names.map((name) => figure(row, name))]),
      ),
    ].join('\n\n');
  });
}

function cardText(card: ModelCard): string {
  const facts = (values: Readonly<Record<string, unknown>>) =>
    table(
      ['', ''],
      Object.entries(values).map(([name, value]) => [
        name,
        typeof value === 'string' || typeof value === 'number' ? value : `\`${JSON.stringify(value)}\``,
      ]),
    );
  const seconds = card.stages.reduce((sum, stage) => sum + stage.seconds, 0);
  const parts = [
    '# Model card',
    `cohear ${card.cohear}, Node ${card.node}, ${card.cpu}, ${card.made}; seed ${card.seed}. Everything here is in model-card.json, too, with all settings.`,
    '## Data',
    facts({ fingerprint: card.data.fingerprint, ...card.data.counts }),
    '## Settings that are not the defaults',
    Object.keys(card.changed).length > 0 ? facts(card.changed) : 'None.',
    '## Learning',
    ...card.models.flatMap(({ stage, name, parameters, curve }) => [
      `### ${stage}${name === undefined ? '' : ` of ${name}`}, ${parameters} parameters`,
      curveTable(curve),
    ]),
    '## Results',
    ...(card.protocol === null
      ? ['Nothing was held out, so nothing is judged: see the judged run of these settings.']
      : [
          facts(card.protocol),
          'Means over users with 95 % bootstrap intervals; all users, items and candidates. evaluation.json has the other slices and the paired differences.',
          ...metricTables(card),
        ]),
    '## Size and time',
    table(
      ['stage', 'seconds', 'peak MB', 'MB on disk', 'counts'],
      card.stages.map(({ stage, counts, ...row }) => [
        stage,
        row.seconds.toFixed(1),
        row.peakRssMb,
        (row.bytes / 2 ** 20).toFixed(1),
        Object.entries(counts)
          .map(([name, value]) => `${name} ${value}`)
          .join(', '),
      ]),
    ),
    `${seconds.toFixed(1)} seconds of work in all.`,
  ];
  return `${parts.join('\n\n')}\n`;
}
