import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { CohearError, require } from '../errors/index.js';
import { type Database, name, text } from './database.js';

/** A table of the source, opened as a view, with its columns known. */
export interface SourceView {
  /** How the config calls it: events, items or users. */
  readonly label: string;
  readonly view: string;
  readonly columns: readonly string[];
}

/** An SQL expression that was checked against its view. */
export interface Column {
  readonly sql: string;
  /** DuckDB's name of its type. */
  readonly type: string;
}

const isUrl = (file: string) => /^[a-z][a-z0-9+.-]*:\/\//i.test(file);

/** The columns (name, type) of a relation. */
const describe = (database: Database, relation: string, what: string) =>
  database.rows(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${relation})`, what) as Promise<
    [string, string][]
  >;

/** The SQL that reads a file, or a glob of files, by its extension. */
async function fileRelation(
  database: Database,
  label: string,
  file: string,
  folder: string,
): Promise<string> {
  const path = isUrl(file) ? file : resolve(folder, file);
  if (!isUrl(path) && !/[*?[\]]/.test(path))
    require(existsSync(path), 'ERR_IO', () => `${label}.file: there is no file ${path}`);
  const literal = text(path);
  const extension = /\.([a-z0-9]+)(\.gz|\.zst)?$/i.exec(path)?.[1]?.toLowerCase();
  if (extension === 'parquet' || extension === 'pq') return `read_parquet(${literal}, union_by_name = true)`;
  // Text stays text: a guess would turn the id 007 into 7.
  if (extension === 'csv' || extension === 'tsv')
    return `read_csv(${literal}, all_varchar = true, header = true, union_by_name = true)`;
  if (extension === 'jsonl' || extension === 'ndjson' || extension === 'json') {
    const guessed = await describe(database, `read_json(${literal}, sample_size = -1)`, `${label}.file`);
    const types = guessed.map(([column, type]) => `${text(column)}: ${text(asWritten(type))}`);
    return `read_json(${literal}, columns = {${types.join(', ')}})`;
  }
  throw new CohearError(
    'ERR_CONFIG',
    `${label}.file: ${file} is none of .parquet, .csv, .tsv, .jsonl, .ndjson, .json`,
  );
}

/** JSON's strings that look like dates or UUIDs are read as the strings that they are. */
const asWritten = (type: string) => (/^(DATE|TIME|TIMESTAMP|UUID)/.test(type) ? 'VARCHAR' : type);

/**
 * Opens one table of the source.
 * @throws CohearError ERR_IO (no such file), ERR_CONFIG (SQL that is wrong), ERR_FORMAT (unreadable content)
 */
export async function openSource(
  database: Database,
  label: string,
  origin: { file?: string | undefined; sql?: string | undefined },
  folder: string,
): Promise<SourceView> {
  const view = `${label}_source`;
  const what = origin.sql === undefined ? `${label}.file` : `${label}.sql`;
  const relation =
    origin.sql === undefined
      ? await fileRelation(database, label, origin.file!, folder)
      : `(\n${origin.sql.replace(/;\s*$/, '')}\n)`; // the line ends close a comment that may end the user's text
  await database.run(`CREATE TEMP VIEW ${view} AS SELECT * FROM ${relation}`, what);
  const columns = await describe(database, view, what);
  return { label, view, columns: columns.map(([column]) => column) };
}

/**
 * A column of the config: the name of a column of the view, else an SQL expression over them.
 * @throws CohearError ERR_CONFIG that names the columns that exist
 */
export async function resolveColumn(
  database: Database,
  source: SourceView,
  field: string,
  wanted: string,
): Promise<Column> {
  const sql = source.columns.includes(wanted) ? name(wanted) : `(${wanted})`;
  try {
    const [row] = await database.rows(
      `SELECT column_type FROM (DESCRIBE SELECT ${sql} AS value FROM ${source.view})`,
      `${source.label}.columns.${field}`,
    );
    return { sql, type: String(row![0]) };
  } catch (cause) {
    if (!(cause instanceof CohearError) || cause.code !== 'ERR_CONFIG') throw cause;
    throw new CohearError(
      'ERR_CONFIG',
      `${source.label}.columns.${field}: ${JSON.stringify(wanted)} is neither a column nor an SQL expression over ` +
        `the columns ${source.columns.join(', ')} (${cause.message.split('\n')[0]})`,
      { cause },
    );
  }
}

/** A column as text; empty text counts as null. */
export const asText = (column: Column): string => `nullif(CAST(${column.sql} AS VARCHAR), '')`;
