import { makeCatalogue } from './catalogue.js';
import type { ItemTable } from './config.js';
import type { Database } from './database.js';
import { asText, openSource, resolveColumn } from './source.js';
import type { Catalogue, TableReport } from './types.js';

type TextArray = (string | null)[];

/**
 * Reads the item table into the SQL table `items` (row, id, type, title, description, c0 ...), rows dense and
 * sorted by (type, id) in byte order. Of several rows with one id the first in the source is kept.
 */
export async function stageItems(database: Database, table: ItemTable, folder: string): Promise<TableReport> {
  const source = await openSource(database, 'items', table, folder);
  const { item, type, title, description, categories = [] } = table.columns;
  const column = async (field: string, wanted: string | undefined, otherwise: string) =>
    wanted === undefined ? otherwise : asText(await resolveColumn(database, source, field, wanted));
  const selected = [
    `${await column('item', item, '')} AS id`,
    `${await column('type', type, "'item'")} AS type`,
    `${await column('title', title, 'CAST(NULL AS VARCHAR)')} AS title`,
    `${await column('description', description, 'CAST(NULL AS VARCHAR)')} AS description`,
  ];
  for (const [i, wanted] of categories.entries())
    selected.push(`${await column(`categories.${i}`, wanted, '')} AS c${i}`);
  await database.run(
    `CREATE TEMP TABLE items_raw AS SELECT row_number() OVER () AS n, ${selected.join(', ')} FROM ${source.view}`,
    'items',
  );
  return keepItems(database);
}

/**
 * Makes `items` of what the staged events name: an item's type is the one that most of its events give, ties
 * to the smaller name.
 */
export async function stageItemsOfEvents(database: Database): Promise<TableReport> {
  await database.run(`CREATE TEMP TABLE items_raw AS
    SELECT 0 AS n, item AS id, first(type ORDER BY events DESC, type) AS type,
      CAST(NULL AS VARCHAR) AS title, CAST(NULL AS VARCHAR) AS description
    FROM (SELECT item, type, count(*) AS events FROM events_raw
          WHERE item IS NOT NULL AND type IS NOT NULL GROUP BY item, type) GROUP BY item`);
  return keepItems(database);
}

async function keepItems(database: Database): Promise<TableReport> {
  await database.run(`CREATE TEMP TABLE items AS
    SELECT CAST(row_number() OVER (ORDER BY type, id) - 1 AS UINTEGER) AS row, * EXCLUDE n
    FROM (SELECT * FROM items_raw WHERE id IS NOT NULL AND type IS NOT NULL
          QUALIFY row_number() OVER (PARTITION BY id ORDER BY n) = 1)`);
  const [counts] = await database.rows(`SELECT count(*), count(*) FILTER (id IS NULL),
    count(*) FILTER (id IS NOT NULL AND type IS NULL), (SELECT count(*) FROM items) FROM items_raw`);
  const [rows, nullItem, nullType, kept] = counts as [number, number, number, number];
  await database.run('DROP TABLE items_raw');
  const dropped = nonZero({
    'null item': nullItem,
    'null type': nullType,
    'duplicate item': rows - nullItem - nullType - kept,
  });
  return { rows, kept, dropped };
}

/** Only the reasons that occurred. */
export function nonZero(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

/** Reads `items` into memory. `categories` are the names of the columns c0, c1, ... */
export async function readCatalogue(database: Database, categories: readonly string[]): Promise<Catalogue> {
  const ids: string[] = [];
  const titles: TextArray = [];
  const descriptions: TextArray = [];
  const values = categories.map((): TextArray => []);
  const types: string[] = [];
  const starts: number[] = [];
  const extra = categories.map((_, i) => `, c${i}`).join('');
  const sql = `SELECT id, type, title, description${extra} FROM items ORDER BY row`;
  for await (const chunk of database.chunks(sql)) {
    const [id, type, title, description, ...others] = chunk.getColumns() as TextArray[];
    for (let i = 0; i < chunk.rowCount; i++) {
      if (type![i] !== types.at(-1)) {
        types.push(type![i]!);
        starts.push(ids.length);
      }
      ids.push(id![i]!);
      titles.push(title![i]!);
      descriptions.push(description![i]!);
      for (let c = 0; c < others.length; c++) values[c]!.push(others[c]![i]!);
    }
  }
  return makeCatalogue({
    ids,
    types,
    typeOffsets: Uint32Array.from([...starts, ids.length]),
    titles,
    descriptions,
    categories: Object.fromEntries(categories.map((key, i) => [key, values[i]!])),
  });
}
