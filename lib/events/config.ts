import { z } from 'zod';
import { CohearError } from '../errors/index.js';

const expression = z.string().trim().min(1);

/** Where rows come from: exactly one of `file` and `sql`. */
const origin = {
  file: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A .parquet, .csv, .tsv, .jsonl, .ndjson or .json file (text ones also as .gz or .zst), or a glob of them.',
    ),
  sql: z
    .string()
    .min(1)
    .optional()
    .describe("A SELECT in DuckDB's SQL; relative files in it are found from the config's folder."),
};
const oneOrigin = (table: { file?: string | undefined; sql?: string | undefined }) =>
  (table.file === undefined) !== (table.sql === undefined);
const COLUMNS = 'Each the name of a column of the table, else an SQL expression over its columns.';
const oneOriginText = 'give exactly one of "file" and "sql"';

/** The event table. Every column is the name of a column, else an SQL expression over the columns. */
export const eventTableSchema = z
  .strictObject({
    ...origin,
    test: z
      .string()
      .min(1)
      .optional()
      .describe(
        'A file of held-out events with the same columns, for data sets that come with a split of their own; needs `split.by: "given"`.',
      ),
    columns: z
      .strictObject({
        user: expression.describe('Id of the user.'),
        item: expression.describe('Id of the item.'),
        time: expression.describe(
          'TIMESTAMP, DATE, ISO 8601 text (UTC where it has no offset) or a number. The unit of a number is told by its size: below 1e11 seconds, below 1e14 milliseconds, below 1e17 microseconds, else nanoseconds. Events without times, beside `test`: "0".',
        ),
        kind: expression.optional().describe('What happened: a name of `kinds`.'),
        type: expression
          .optional()
          .describe(
            "The item's type; it must agree with the item table, or makes the catalogue where there is none.",
          ),
      })
      .describe(COLUMNS),
    kinds: z
      .record(z.string().min(1), z.enum(['strong', 'weak']))
      .optional()
      .describe(
        'How strongly each event kind speaks: strong kinds make edges and targets, weak ones only histories. Left out: all events are of one strong kind, "event".',
      ),
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
    columns: z
      .strictObject({
        item: expression.describe('Id of the item, unique across types.'),
        type: expression
          .optional()
          .describe(
            `Type of the item. Left out: all are of one type, "item". A constant is SQL text: "'book'".`,
          ),
        title: expression.optional().describe('Title of the item.'),
        description: expression.optional().describe('Longer text of the item.'),
        categories: z
          .array(expression)
          .optional()
          .describe('Categorical columns, such as language and genre.'),
      })
      .describe(COLUMNS),
  })
  .refine(oneOrigin, { error: oneOriginText });

/** The user table: users that it lacks have empty features; users without events are kept. */
export const userTableSchema = z
  .strictObject({
    ...origin,
    columns: z
      .strictObject({
        user: expression.describe('Id of the user.'),
        categories: z.array(expression).optional().describe('Categorical columns, such as country.'),
        numbers: z.array(expression).optional().describe('Numeric columns, such as age.'),
      })
      .describe(COLUMNS),
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
