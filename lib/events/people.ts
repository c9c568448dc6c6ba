import { makeUsers } from './catalogue.js';
import type { UserTable } from './config.js';
import type { Database } from './database.js';
import { nonZero } from './items.js';
import { asText, openSource, resolveColumn } from './source.js';
import type { TableReport, Users } from './types.js';

/**
 * Makes the SQL table `people` (row, id, c0 ..., v0 ...) of everyone with a kept event or a row in the user
 * table, rows dense and sorted by id in byte order.
 */
export async function stageUsers(
  database: Database,
  table: UserTable | undefined,
  folder: string,
): Promise<TableReport | null> {
  const row = 'CAST(row_number() OVER (ORDER BY id) - 1 AS UINTEGER) AS row';
  const ofEvents = 'SELECT DISTINCT user AS id FROM staged WHERE reason = 0';
  if (table === undefined) {
    await database.run(`CREATE TEMP TABLE people AS SELECT ${row}, id FROM (${ofEvents})`);
    return null;
  }
  const source = await openSource(database, 'users', table, folder);
  const { user, categories = [], numbers = [] } = table.columns;
  const selected = [`${asText(await resolveColumn(database, source, 'user', user))} AS id`];
  for (const [i, wanted] of categories.entries())
    selected.push(`${asText(await resolveColumn(database, source, `categories.${i}`, wanted))} AS c${i}`);
  for (const [i, wanted] of numbers.entries()) {
    const { sql } = await resolveColumn(database, source, `numbers.${i}`, wanted);
    selected.push(`TRY_CAST(${sql} AS FLOAT) AS v${i}`);
  }
  await database.run(
    `CREATE TEMP TABLE people_raw AS SELECT row_number() OVER () AS n, ${selected.join(', ')} FROM ${source.view}`,
    'users',
  );
  await database.run(`CREATE TEMP TABLE people_kept AS SELECT * EXCLUDE n FROM people_raw WHERE id IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY id ORDER BY n) = 1`);
  await database.run(`CREATE TEMP TABLE people AS
    SELECT ${row}, * FROM (SELECT * FROM (${ofEvents} UNION SELECT id FROM people_kept) LEFT JOIN people_kept USING (id))`);
  const [counts] = await database.rows(`SELECT count(*), count(*) FILTER (id IS NULL),
    (SELECT count(*) FROM people_kept) FROM people_raw`);
  const [rows, nullUser, kept] = counts as [number, number, number];
  return {
    rows,
    kept,
    dropped: nonZero({ 'null user': nullUser, 'duplicate user': rows - nullUser - kept }),
  };
}

/** Reads `people` into memory; a number that is null or not a number is NaN. */
export async function readUsers(database: Database, table: UserTable | undefined): Promise<Users> {
  const { categories = [], numbers = [] } = table?.columns ?? {};
  const [size] = await database.rows('SELECT count(*) FROM people');
  const ids: string[] = [];
  const texts = categories.map((): (string | null)[] => []);
  const values = numbers.map(() => new Float32Array(size![0] as number));
  const extra = [...categories.map((_, i) => `c${i}`), ...numbers.map((_, i) => `v${i}`)];
  for await (const chunk of database.chunks(
    `SELECT ${['id', ...extra].join(', ')} FROM people ORDER BY row`,
  )) {
    const [id, ...others] = chunk.getColumns();
    for (let i = 0; i < chunk.rowCount; i++) {
      for (const [c, column] of texts.entries()) column.push(others[c]![i] as string | null);
      for (const [v, column] of values.entries())
        column[ids.length] = (others[texts.length + v]![i] as number | null) ?? Number.NaN;
      ids.push(id![i] as string);
    }
  }
  return makeUsers({
    ids,
    categories: Object.fromEntries(categories.map((key, i) => [key, texts[i]!])),
    numbers: Object.fromEntries(numbers.map((key, i) => [key, values[i]!])),
  });
}
