import { CohearError } from '../../errors/index.js';
import { coldUsers } from '../../evaluation/index.js';
import { Database, text } from '../../events/database.js';
import type { Catalogue, Dataset, EventLog, Users } from '../../events/index.js';
import { asText, openSource, resolveColumn } from '../../events/source.js';
import { secondsSql } from '../../events/time.js';
import type { Config } from '../config/index.js';

/** Which events are asked for; `before` is exclusive, seconds. */
export interface Wanted {
  readonly before: number;
  readonly users?: Uint32Array;
  readonly items?: Uint32Array;
  /** As the table has it, with what a simulation (`split.coldType`) takes away. */
  readonly whole?: boolean;
}

/** Users who took both of two items. */
export interface Shared {
  /** Before one of the moments that were asked for. */
  count(one: number, other: number, before: number): number;
  /** The pairs that have any before the last of the moments. */
  pairs(): Iterable<readonly [one: number, other: number]>;
}

/**
 * The event table itself, asked in SQL: what could be known before a moment. Nothing that a run has made is read but
 * the ids of its users and items. `taken` is the table; `known` is it without the past that a simulated new type takes
 * from its cold users.
 */
export class Truth {
  private constructor(
    private readonly database: Database,
    private readonly catalogue: Catalogue,
    private readonly people: Users,
    private readonly kinds: EventLog['kinds'],
  ) {}

  /** @throws CohearError ERR_IO and others where the table cannot be read any more */
  static async open(config: Config, dataset: Dataset, cut: number, signal?: AbortSignal): Promise<Truth> {
    const { events, folder, split } = config;
    const database = await Database.open({ folder, signal });
    try {
      const source = await openSource(database, 'events', events, folder);
      const column = (field: string, wanted: string) => resolveColumn(database, source, field, wanted);
      const { user, item, time, kind, type } = events.columns;
      const strong = Object.entries(events.kinds ?? {}).map(
        ([name, strength]) => `WHEN ${text(name)} THEN ${strength === 'strong'}`,
      );
      const kindSql = kind === undefined ? "'event'" : asText(await column('kind', kind));
      await database.run(`CREATE TEMP VIEW taken AS SELECT * FROM (SELECT
          ${asText(await column('user', user))} AS user, ${asText(await column('item', item))} AS item,
          ${kindSql} AS kind, ${type === undefined ? 'CAST(NULL AS VARCHAR)' : asText(await column('type', type))} AS type,
          ${strong.length === 0 ? 'true' : `CASE ${kindSql} ${strong.join(' ')} END`} AS strong,
          ${secondsSql('events.columns.time', await column('time', time))} AS time
        FROM ${source.view}) WHERE user IS NOT NULL AND item IS NOT NULL AND strong IS NOT NULL AND time IS NOT NULL`);
      await database.run(
        `CREATE TEMP VIEW known AS SELECT * FROM taken${await lost(database, split, dataset, cut)}`,
      );
      return new Truth(database, dataset.catalogue, dataset.users, dataset.log.kinds);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  close(): void {
    this.database.close();
  }

  /** For each of some moments, per catalogue row: distinct users with a strong event before it. */
  async usersOf(moments: readonly number[]): Promise<ReadonlyMap<number, Uint32Array>> {
    const sorted = [...new Set(moments)].sort((a, b) => a - b);
    const counts = sorted.map(() => new Uint32Array(this.catalogue.size));
    const rows = this.database.rows(
      `SELECT item, ${momentsPast('first', sorted)} AS past, count(*)
       FROM (${firstTimes(sorted.at(-1)!)}) GROUP BY ALL`,
      'leakcheck',
    );
    for (const [id, past, count] of await rows) {
      const row = this.catalogue.rowOf(id as string);
      if (row !== undefined)
        for (let m = past as number; m < sorted.length; m++) counts[m]![row]! += count as number;
    }
    return new Map(sorted.map((moment, m) => [moment, counts[m]!]));
  }

  /** Users who took both of two items before some moments; the first of the two is of `items`. */
  async shared(items: Uint32Array, moments: readonly number[]): Promise<Shared> {
    const sorted = [...new Set(moments)].sort((a, b) => a - b);
    const found = new Map<string, [past: number, count: number][]>();
    const rows = this.database.rows(
      `WITH taken_first AS MATERIALIZED (${firstTimes(sorted.at(-1)!)})
       SELECT a.item, b.item, ${momentsPast('greatest(a.first, b.first)', sorted)} AS past, count(*)
       FROM (FROM taken_first WHERE item IN (${this.ids(items)})) a
       JOIN taken_first b ON a.user = b.user AND a.item <> b.item GROUP BY ALL`,
      'leakcheck',
    );
    for (const [a, b, past, count] of await rows) {
      const [one, other] = [this.catalogue.rowOf(a as string), this.catalogue.rowOf(b as string)];
      if (one === undefined || other === undefined) continue;
      const key = `${one} ${other}`;
      const known = found.get(key);
      if (known) known.push([past as number, count as number]);
      else found.set(key, [[past as number, count as number]]);
    }
    return {
      count(one, other, before) {
        const moment = sorted.indexOf(before);
        const of = found.get(`${one} ${other}`) ?? [];
        return of.reduce((sum, [past, count]) => sum + (past <= moment ? count : 0), 0);
      },
      pairs: () => Array.from(found.keys(), (key) => key.split(' ').map(Number) as [number, number]),
    };
  }

  /** Per catalogue row: strong events in [from, before). */
  eventsOf(from: number, before: number): Promise<Uint32Array> {
    const where = `strong AND time < ${at(before)}${Number.isFinite(from) ? ` AND time >= ${at(from)}` : ''}`;
    return this.counts(
      `SELECT item, count(*) FROM (SELECT DISTINCT user, item, kind, time FROM known WHERE ${where}) GROUP BY item`,
    );
  }

  /** Per catalogue row: whether it has any event before a moment. */
  async anyOf(before: number): Promise<number[]> {
    return Array.from(
      await this.counts(`SELECT item, count(*) FROM known WHERE time < ${at(before)} GROUP BY item`),
    );
  }

  /** The events before a moment as a log of their own, in which the future is not hidden but absent. */
  async log({ before, users, items, whole = false }: Wanted): Promise<EventLog> {
    const where = [
      `time < ${at(before)}`,
      ...(users ? [`user IN (${this.names(users)})`] : []),
      ...(items ? [`item IN (${this.ids(items)})`] : []),
    ];
    const rows = await this.database.rows(
      `SELECT DISTINCT user, item, kind, type, time FROM ${whole ? 'taken' : 'known'} WHERE ${where.join(' AND ')}`,
      'leakcheck',
    );
    const events: (readonly [user: number, item: number, kind: number, time: number])[] = [];
    for (const [user, item, kind, type, time] of rows) {
      const [u, i] = [this.people.rowOf(user as string), this.catalogue.rowOf(item as string)];
      const k = this.kinds.findIndex(({ name }) => name === kind);
      if (u === undefined || i === undefined || k < 0) continue;
      // An event that contradicts the item table is left out by a run, too.
      if (type !== null && this.catalogue.types[this.catalogue.typeOf(i)] !== type) continue;
      events.push([u, i, k, time as number]);
    }
    events.sort((a, b) => a[0] - b[0] || a[3] - b[3] || a[1] - b[1] || a[2] - b[2]);
    return {
      length: events.length,
      user: Uint32Array.from(events, ([user]) => user),
      item: Uint32Array.from(events, ([, item]) => item),
      kind: Uint8Array.from(events, ([, , kind]) => kind),
      time: Float64Array.from(events, ([, , , time]) => time),
      kinds: this.kinds,
    };
  }

  private async counts(sql: string): Promise<Uint32Array> {
    const counts = new Uint32Array(this.catalogue.size);
    for await (const chunk of this.database.chunks(sql, 'leakcheck')) {
      const [ids, values] = [chunk.getColumnVector(0), chunk.getColumnVector(1)];
      for (let r = 0; r < chunk.rowCount; r++) {
        const row = this.catalogue.rowOf(String(ids.getItem(r)));
        if (row !== undefined) counts[row] = Number(values.getItem(r));
      }
    }
    return counts;
  }

  private ids = (rows: Uint32Array) =>
    Array.from(rows, (row) => text(this.catalogue.ids[row]!)).join(', ') || 'NULL';
  private names = (rows: Uint32Array) =>
    Array.from(rows, (row) => text(this.people.ids[row]!)).join(', ') || 'NULL';
}

/** When each user first took an item with a strong event, of those before a moment. */
const firstTimes = (before: number): string =>
  `SELECT user, item, min(time) AS first FROM known WHERE strong AND time < ${at(before)} GROUP BY user, item`;

/** How many of the ascending moments lie at or before a time: all later ones know of what happened then. */
const momentsPast = (time: string, moments: readonly number[]): string =>
  moments.map((moment) => `CAST(${time} >= ${at(moment)} AS INTEGER)`).join(' + ');

/** The events of a log before a moment, the others absent from it. */
export function logBefore(log: EventLog, before: number): EventLog {
  const kept = Uint32Array.from(log.time.keys()).filter((e) => log.time[e]! < before);
  return {
    length: kept.length,
    user: kept.map((e) => log.user[e]!),
    item: kept.map((e) => log.item[e]!),
    kind: Uint8Array.from(kept, (e) => log.kind[e]!),
    time: Float64Array.from(kept, (e) => log.time[e]!),
    kinds: log.kinds,
  };
}

/** Leaves out what a simulated new type takes away: its items' past events with the cold users. */
async function lost(
  database: Database,
  { coldType, seed }: Config['split'],
  { catalogue, users }: Dataset,
  cut: number,
): Promise<string> {
  if (coldType === undefined) return '';
  const type = catalogue.types.indexOf(coldType.type);
  const cold = coldUsers(coldType.users, seed);
  const items = catalogue.ids.slice(catalogue.typeOffsets[type]!, catalogue.typeOffsets[type + 1]!);
  await namedTable(
    database,
    'cold_users',
    users.ids.filter((_, user) => cold(user)),
  );
  await namedTable(database, 'new_items', items);
  return ` WHERE NOT (time < ${at(cut)} AND user IN (FROM cold_users) AND item IN (FROM new_items))`;
}

async function namedTable(database: Database, name: string, ids: readonly string[]): Promise<void> {
  await database.run(`CREATE TEMP TABLE ${name} (id VARCHAR)`);
  for (let from = 0; from < ids.length; from += 10_000) {
    const values = ids.slice(from, from + 10_000).map((id) => `(${text(id)})`);
    await database.run(`INSERT INTO ${name} VALUES ${values.join(', ')}`);
  }
}

const at = (seconds: number) => `CAST('${seconds}' AS DOUBLE)`;

/** The moment at which a quantile of the log's events lies, or a date; found without the code that runs use. */
export function moment(cut: number | string, log: EventLog): number {
  if (typeof cut === 'number') return log.time.slice().sort()[Math.floor(cut * log.length)]!;
  const zoned = /([zZ]|[+-]\d{2}:?\d{2})$/.test(cut.slice(10)) || cut.length <= 10;
  const time = new Date(zoned ? cut : `${cut.replace(' ', 'T')}Z`).getTime() / 1000;
  if (Number.isNaN(time)) throw new CohearError('ERR_CONFIG', `leakcheck: no date "${cut}"`);
  return time;
}
