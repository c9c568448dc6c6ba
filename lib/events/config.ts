import { z } from 'zod';
import { CohearError } from '../errors/index.js';

const expression = z.string().trim().min(1);

/** Where rows come from: exactly one of `file` and `sql`. */
const origin = {
  /** A .parquet, .csv, .tsv, .jsonl, .ndjson or .json file (text ones also as .gz or .zst), or a glob of them. */
  file: z.string().min(1).optional(),
  /** A SELECT in DuckDB's SQL; relative files in it are found from the config's folder. */
  sql: z.string().min(1).optional(),
};
const oneOrigin = (table: { file?: string | undefined; sql?: string | undefined }) =>
  (table.file === undefined) !== (table.sql === undefined);
const oneOriginText = 'give exactly one of "file" and "sql"';

/** The event table. Every column is the name of a column, else an SQL expression over the columns. */
export const eventTableSchema = z
  .strictObject({
    ...origin,
    columns: z.strictObject({
      user: expression,
      item: expression,
      /**
       * TIMESTAMP, DATE, ISO 8601 text (UTC where it has no offset) or a number. The unit of a number is told
       * by its size: below 1e11 seconds, below 1e14 milliseconds, below 1e17 microseconds, else nanoseconds.
       */
      time: expression,
      kind: expression.optional(),
      /** The item's type; it must agree with the item table, or makes the catalogue where there is none. */
      type: expression.optional(),
    }),
    /** How strongly each event kind speaks. Left out: all events are of one strong kind, "event". */
    kinds: z.record(z.string().min(1), z.enum(['strong', 'weak'])).optional(),
  })
  .refine(oneOrigin, { error: oneOriginText })
  .refine((table) => (table.kinds === undefined) === (table.columns.kind === undefined), {
    error: '"kinds" and "columns.kind" go together: give both or none',
    path: ['kinds'],
  })
  .refine((table) => table.kinds === undefined || Object.values(table.kinds).includes('strong'), {
    error: 'want at least one "strong" kind: only strong kinds make edges and targets',
    path: ['kinds'],
  })
  .refine((table) => Object.keys(table.kinds ?? {}).length <= 255, {
    error: 'want at most 255 kinds',
    path: ['kinds'],
  });

/** The item table. Ids are unique across types. */
export const itemTableSchema = z
  .strictObject({
    ...origin,
    columns: z.strictObject({
      item: expression,
      /** Default: all items are of one type, "item". A constant is written as SQL text: "'book'". */
      type: expression.optional(),
      title: expression.optional(),
      description: expression.optional(),
      categories: z.array(expression).optional(),
    }),
  })
  .refine(oneOrigin, { error: oneOriginText });

/** The user table: users that it lacks have empty features; users without events are kept. */
export const userTableSchema = z
  .strictObject({
    ...origin,
    columns: z.strictObject({
      user: expression,
      categories: z.array(expression).optional(),
      numbers: z.array(expression).optional(),
    }),
  })
  .refine(oneOrigin, { error: oneOriginText });

/**
 * What `readDataset` reads. Without `items` the catalogue is what the events name, of the types they name
 * (else "item"), without texts.
 */
export const eventsSchema = z.strictObject({
  events: eventTableSchema,
  items: itemTableSchema.optional(),
  users: userTableSchema.optional(),
});

export type EventTable = z.infer<typeof eventTableSchema>;
export type ItemTable = z.infer<typeof itemTableSchema>;
export type UserTable = z.infer<typeof userTableSchema>;
export type DataSource = z.infer<typeof eventsSchema>;

/** Checks a source. @throws CohearError ERR_CONFIG that names every wrong field with its path */
export function parseSource(source: unknown): DataSource {
  const result = eventsSchema.safeParse(source);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'source'}: ${message}`,
  );
  throw new CohearError('ERR_CONFIG', `the data source is not valid: ${problems.join('; ')}`);
}
