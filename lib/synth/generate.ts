import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeJson } from '../artifacts/index.js';
import { CohearError } from '../errors/index.js';
import type { LongWork } from '../progress/index.js';
import { KINDS, TYPE_NAMES } from './calibration.js';
import { drawItems, type Items } from './items.js';
import { FIRST_DAY, type SynthParameters, type SynthSizes, synthSchema } from './options.js';
import { Simulation, type Sink } from './simulate.js';
import { type SynthStatistics, Tally } from './statistics.js';
import { Tables } from './tables.js';
import { COUNTRIES, LANGUAGES, TOPICS } from './vocabulary.js';
import { Writer } from './words.js';

export type SynthOptions = SynthSizes &
  LongWork & {
    /** Where the files go; made when missing. Files of the same names are replaced. */
    readonly folder: string;
  };

export interface SynthReport {
  readonly folder: string;
  /** Names of the files in the folder. */
  readonly files: { readonly events: string; readonly items: string; readonly users: string };
  readonly parameters: SynthParameters;
  readonly statistics: SynthStatistics;
}

const FILES = { events: 'events.parquet', items: 'items.parquet', users: 'users.parquet' } as const;
const REPORT = 'synth.json';
const DAY = 86_400;

/** SQL for the text of a number, padded so that ids sort as their numbers do. */
const padded = (prefix: string, number: string, count: number) =>
  `'${prefix}' || lpad((${number})::VARCHAR, ${String(count).length}, '0')`;
/** SQL for the name of an index. */
const named = (names: readonly string[], index: string) =>
  `([${names.map((name) => `'${name}'`).join(', ')}])[${index} + 1]`;

/** Calls `each` for 0 .. total - 1; tells of progress, gives way to timers and Ctrl-C, and stops when asked. */
async function paced(unit: string, total: number, every: number, work: LongWork, each: (i: number) => void) {
  for (let at = 0; at < total; at += every) {
    work.onProgress?.({ task: 'synth', done: at, total, unit });
    await new Promise(setImmediate);
    if (work.signal?.aborted) throw new CohearError('ERR_CANCELLED', 'synth was stopped');
    for (let i = at; i < Math.min(total, at + every); i++) each(i);
  }
  work.onProgress?.({ task: 'synth', done: total, total, unit });
}

async function makeItems(
  tables: Tables,
  parameters: SynthParameters,
  items: Items,
  work: LongWork,
): Promise<void> {
  const table = await tables.create('items', {
    item: 'UINTEGER',
    title: 'VARCHAR',
    description: 'VARCHAR',
    language: 'UTINYINT',
    genre: 'UTINYINT',
    published: 'INTEGER',
  });
  const { columns } = table;
  const writer = new Writer(parameters, items);
  await paced('items', items.size, 10_000, work, (item) => {
    const row = table.next();
    const words = writer.words(item);
    columns.item[row] = item;
    columns.title[row] = words.title;
    columns.description[row] = words.description;
    columns.language[row] = items.language[item]!;
    columns.genre[row] = items.topic[item]!;
    columns.published[row] = FIRST_DAY + Math.floor(items.released[item]!);
  });
  table.close();
}

/** Simulates every user into the tables `users` and `events`. */
async function makeUsers(
  tables: Tables,
  parameters: SynthParameters,
  items: Items,
  work: LongWork,
): Promise<SynthStatistics> {
  const { days, users } = parameters;
  const people = await tables.create('users', { user: 'UINTEGER', age: 'UTINYINT', country: 'UTINYINT' });
  const events = await tables.create('events', {
    user: 'UINTEGER',
    item: 'UINTEGER',
    kind: 'UTINYINT',
    second: 'UINTEGER',
  });
  const simulation = new Simulation(parameters, items);
  const tally = new Tally(items, users, days);
  let current = 0;
  const sink: Sink = {
    event(item, kind, time) {
      if (time >= days) return;
      const row = events.next();
      events.columns.user[row] = current;
      events.columns.item[row] = item;
      events.columns.kind[row] = kind;
      events.columns.second[row] = FIRST_DAY * DAY + Math.floor(time * DAY);
      tally.event(item, kind, time);
    },
    look: (item, signals, streamed) => tally.look(item, signals, streamed),
  };
  await paced('users', users, 1_000, work, (user) => {
    current = user;
    tally.startUser(user);
    simulation.user(user, sink);
    tally.endUser();
    const row = people.next();
    people.columns.user[row] = user;
    people.columns.age[row] = simulation.person.age;
    people.columns.country[row] = simulation.person.country;
  });
  people.close();
  events.close();
  return tally.finish();
}

/**
 * Writes a synthetic audio platform to `folder`: events.parquet (user_id, item_id, item_type, kind, ts),
 * items.parquet (item_id, item_type, title, description, language, genre, published), users.parquet (user_id,
 * age, country) and synth.json (the parameters and what came out). docs/synth.md explains the model.
 *
 * The rows are a function of the parameters alone, at any size of memory; about 30 bytes per item and 4 per user
 * are held, the rest is streamed through a temporary file in the folder.
 * @throws CohearError ERR_CONFIG for a wrong parameter, ERR_IO, ERR_CANCELLED (synth.json is written last, so
 *   a folder without it is not whole)
 */
export async function generate(options: SynthOptions): Promise<SynthReport> {
  const { folder, onProgress, signal, ...sizes } = options;
  const work: LongWork = { onProgress, signal };
  const parsed = synthSchema.safeParse(sizes);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((i) => `${[...i.path, i.message].join(': ')}`);
    throw new CohearError('ERR_CONFIG', `synth: ${issues.join('; ')}`);
  }
  const parameters = parsed.data;
  await mkdir(folder, { recursive: true }).catch((cause) => {
    throw new CohearError('ERR_IO', `synth: cannot make ${folder}: ${(cause as Error).message}`, { cause });
  });
  await rm(join(folder, REPORT), { force: true });

  const { podcasts, audiobooks, users } = parameters;
  const items = drawItems(parameters);
  const tables = await Tables.open(folder);
  try {
    await makeItems(tables, parameters, items, work);
    const statistics = await makeUsers(tables, parameters, items, work);
    const type = `CASE WHEN item < ${podcasts} THEN '${TYPE_NAMES[0]}' ELSE '${TYPE_NAMES[1]}' END`;
    const id = `CASE WHEN item < ${podcasts} THEN ${padded('p', 'item', podcasts)} ELSE ${padded('a', `item - ${podcasts}`, audiobooks)} END`;
    const user = padded('u', 'user', users);
    await tables.write(
      `SELECT ${id} AS item_id, ${type} AS item_type, title, description,
        ${named(
          LANGUAGES.map((l) => l.code),
          'language',
        )} AS language,
        ${named(
          TOPICS.map((t) => t.genre),
          'genre',
        )} AS genre, DATE '1970-01-01' + published AS published
       FROM items`,
      FILES.items,
    );
    await tables.write(
      `SELECT ${user} AS user_id, age::INTEGER AS age, ${named(
        COUNTRIES.map((c) => c.code),
        'country',
      )} AS country FROM users`,
      FILES.users,
    );
    await tables.write(
      `SELECT ${user} AS user_id, ${id} AS item_id, ${type} AS item_type, ${named(KINDS, 'kind')} AS kind,
        make_timestamp(second::BIGINT * 1000000) AS ts
       FROM events`,
      FILES.events,
    );
    const report = { files: FILES, parameters, statistics };
    await writeJson(join(folder, REPORT), report);
    return { folder, ...report };
  } finally {
    await tables.close();
  }
}
