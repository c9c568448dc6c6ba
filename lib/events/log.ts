import type { LongWork } from '../progress/index.js';
import type { EventTable } from './config.js';
import { type Database, text } from './database.js';
import { asText, openSource, resolveColumn } from './source.js';
import { secondsSql } from './time.js';
import type { EventKind, EventLog } from './types.js';

/** Why an event is left out, in the order in which a row is judged; its place + 1 is its number in SQL. */
const REASONS = [
  'null user',
  'null item',
  'null timestamp',
  'bad timestamp',
  'unknown kind',
  'unknown item',
  'type mismatch',
] as const;

/** The kinds of an event table, sorted by name so that their numbers do not depend on how the config is written. */
export function kindsOf(table: EventTable): EventKind[] {
  return Object.entries(table.kinds ?? { event: 'strong' })
    .map(([name, strength]) => ({ name, strong: strength === 'strong' }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Opens the event table as `events_raw` (user, item, type, kind, given, time, held): a view, read once, or with
 * `twice` a table, so that a source that is slow or never the same twice is read only once all the same.
 * `held` marks the rows of the test file.
 */
export async function openEvents(
  database: Database,
  table: EventTable,
  folder: string,
  twice: boolean,
): Promise<void> {
  const parts = [await selectEvents(database, table, { label: 'events', origin: table, folder, twice })];
  if (table.test !== undefined) {
    const origin = { file: table.test };
    parts.push(await selectEvents(database, table, { label: 'events_test', origin, folder, twice }));
  }
  await database.run(
    `CREATE TEMP ${twice ? 'TABLE' : 'VIEW'} events_raw AS ${parts.join(' UNION ALL ')}`,
    'events',
  );
}

interface EventOrigin {
  readonly label: 'events' | 'events_test';
  readonly origin: { readonly file?: string | undefined; readonly sql?: string | undefined };
  readonly folder: string;
  readonly twice: boolean;
}

async function selectEvents(
  database: Database,
  table: EventTable,
  { label, origin, folder, twice }: EventOrigin,
): Promise<string> {
  const source = await openSource(database, label, origin, folder);
  const { user, item, time, kind, type } = table.columns;
  const column = (field: string, wanted: string) => resolveColumn(database, source, field, wanted);
  const when = await column('time', time);
  const kinds = kindsOf(table).map(({ name }, i) => `WHEN ${text(name)} THEN ${i}`);
  const kindSql = kind ? `CASE ${asText(await column('kind', kind))} ${kinds.join(' ')} END` : '0';
  // Without a catalogue of its own the events' type is the item's, and there is always one.
  const typeSql = type ? asText(await column('type', type)) : twice ? "'item'" : 'CAST(NULL AS VARCHAR)';
  return `SELECT
       ${asText(await column('user', user))} AS user, ${asText(await column('item', item))} AS item,
       ${typeSql} AS type, CAST(${kindSql} AS UTINYINT) AS kind,
       ${when.type === 'VARCHAR' ? `nullif(trim(${when.sql}), '')` : when.sql} IS NOT NULL AS given,
       ${secondsSql('events.columns.time', when)} AS time, ${label === 'events_test'} AS held
     FROM ${source.view}`;
}

/**
 * Judges every row of `events_raw` against `items` into `staged` (reason, user, item row, kind, time, held);
 * reason 0 is kept.
 * @returns the number of rows and of those dropped, by reason
 */
export async function stageEvents(
  database: Database,
): Promise<{ rows: number; dropped: Record<string, number> }> {
  const tests = [
    'e.user IS NULL',
    'e.item IS NULL',
    'NOT e.given',
    'e.time IS NULL',
    'e.kind IS NULL',
    'i.row IS NULL',
    'e.type <> i.type', // an unknown type disagrees with nothing
  ].map((test, k) => `WHEN ${test} THEN ${k + 1}`);
  await database.run(
    `CREATE TEMP TABLE staged AS SELECT CAST(CASE ${tests.join(' ')} ELSE 0 END AS UTINYINT) AS reason,
       e.user, i.row AS item, e.kind, e.time, e.held FROM events_raw e LEFT JOIN items i ON e.item = i.id`,
    'events',
  );
  let rows = 0;
  const dropped: Record<string, number> = {};
  for (const [reason, count] of await database.rows(
    'SELECT reason, count(*) FROM staged GROUP BY reason ORDER BY reason',
  )) {
    rows += count as number;
    if (reason !== 0) dropped[REASONS[(reason as number) - 1]!] = count as number;
  }
  return { rows, dropped };
}

/**
 * Reads the kept rows of `staged` in (user, time, item, kind) order; equal neighbours are one event.
 * @param held the rows of the test file, or the others
 */
export async function readLog(
  database: Database,
  kinds: readonly EventKind[],
  held: boolean,
  { onProgress }: LongWork,
): Promise<{ log: EventLog; duplicates: number }> {
  const where = `reason = 0 AND ${held ? '' : 'NOT '}held`;
  const [counted] = await database.rows(`SELECT count(*) FROM staged WHERE ${where}`);
  const kept = counted![0] as number;
  const user = new Uint32Array(kept);
  const item = new Uint32Array(kept);
  const kind = new Uint8Array(kept);
  const time = new Float64Array(kept);
  let n = 0;
  let read = 0;
  const sql = `SELECT p.row, s.item, s.kind, s.time FROM staged s JOIN people p ON s.user = p.id
    WHERE ${where} ORDER BY p.row, s.time, s.item, s.kind`;
  for await (const chunk of database.chunks(sql)) {
    const users = chunk.getColumnVector(0);
    const items = chunk.getColumnVector(1);
    const kindsHere = chunk.getColumnVector(2);
    const times = chunk.getColumnVector(3);
    for (let i = 0; i < chunk.rowCount; i++) {
      user[n] = users.getItem(i) as number;
      item[n] = items.getItem(i) as number;
      kind[n] = kindsHere.getItem(i) as number;
      time[n] = times.getItem(i) as number;
      const again =
        n > 0 &&
        user[n] === user[n - 1] &&
        item[n] === item[n - 1] &&
        kind[n] === kind[n - 1] &&
        time[n] === time[n - 1];
      if (!again) n++;
    }
    read += chunk.rowCount;
    onProgress?.({ task: 'read events', done: read, total: kept, unit: 'events' });
  }
  const cut = <T extends Uint32Array | Uint8Array | Float64Array>(array: T): T =>
    n === kept ? array : (array.slice(0, n) as T);
  const log = { length: n, user: cut(user), item: cut(item), kind: cut(kind), time: cut(time), kinds };
  return { log, duplicates: kept - n };
}
