import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  INTEGER,
  UINTEGER,
  UTINYINT,
  VARCHAR,
} from '@duckdb/node-api';
import { CohearError } from '../errors/index.js';

const TYPES = { INTEGER, UINTEGER, UTINYINT, VARCHAR } as const;
interface Arrays {
  INTEGER: Int32Array;
  UINTEGER: Uint32Array;
  UTINYINT: Uint8Array;
  VARCHAR: string[];
}
type Schema = Readonly<Record<string, keyof Arrays>>;

/** Rows held in memory before DuckDB gets them. */
const BUFFER_ROWS = 1 << 16;
/** Rows that DuckDB takes at a time: its vector size. */
const CHUNK_ROWS = 2048;

const newArray = {
  INTEGER: () => new Int32Array(BUFFER_ROWS),
  UINTEGER: () => new Uint32Array(BUFFER_ROWS),
  UTINYINT: () => new Uint8Array(BUFFER_ROWS),
  VARCHAR: () => new Array<string>(BUFFER_ROWS).fill(''),
};

/** A table being filled: set `columns.x[row]` for the row that next() gives. */
export class Table<S extends Schema> {
  readonly columns: { readonly [K in keyof S]: Arrays[S[K]] };
  private readonly types: (typeof TYPES)[keyof Arrays][];
  private rows = 0;

  constructor(
    private readonly appender: DuckDBAppender,
    schema: S,
  ) {
    this.types = Object.values(schema).map((type) => TYPES[type]);
    this.columns = Object.fromEntries(
      Object.entries(schema).map(([name, type]) => [name, newArray[type]()]),
    ) as unknown as { [K in keyof S]: Arrays[S[K]] };
  }

  /** The row to fill next. */
  next(): number {
    if (this.rows === BUFFER_ROWS) this.flush();
    return this.rows++;
  }

  private flush(): void {
    const columns: ArrayLike<string | number>[] = Object.values(this.columns);
    for (let at = 0; at < this.rows; at += CHUNK_ROWS) {
      const count = Math.min(CHUNK_ROWS, this.rows - at);
      const chunk = DuckDBDataChunk.create(this.types, count);
      columns.forEach((column, c) => {
        const vector = chunk.getColumnVector(c);
        for (let r = 0; r < count; r++) vector.setItem(r, column[at + r]!);
        vector.flush();
      });
      this.appender.appendDataChunk(chunk);
    }
    this.rows = 0;
  }

  close(): void {
    this.flush();
    this.appender.closeSync();
  }
}

/**
 * A DuckDB file beside the output that tables are streamed to and written from as Parquet, so that memory stays
 * bounded whatever the number of rows. Removed by close().
 */
export class Tables {
  private constructor(
    private readonly folder: string,
    private readonly file: string,
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
  ) {}

  static async open(folder: string): Promise<Tables> {
    const file = join(folder, `.synth-${process.pid}-${Date.now()}.duckdb`);
    try {
      const instance = await DuckDBInstance.create(file, {
        memory_limit: '1GB',
        autoinstall_known_extensions: 'false',
        // Rows are written in the order of their appending; a checkpoint per append would double the writing.
        checkpoint_threshold: '1GB',
      });
      return new Tables(folder, file, instance, await instance.connect());
    } catch (cause) {
      throw new CohearError('ERR_IO', `synth: cannot write in ${folder}: ${(cause as Error).message}`, {
        cause,
      });
    }
  }

  async create<S extends Schema>(name: string, schema: S): Promise<Table<S>> {
    const columns = Object.entries(schema).map(([column, type]) => `${column} ${type}`);
    await this.connection.run(`CREATE TABLE ${name} (${columns.join(', ')})`);
    return new Table(await this.connection.createAppender(name), schema);
  }

  /** Writes the rows of a SELECT, in order, as a Parquet file of the output folder: whole or not at all. */
  async write(select: string, name: string): Promise<void> {
    const path = join(this.folder, name);
    const temporary = `${path}.${process.pid}.tmp`;
    try {
      await this.connection.run(
        `COPY (${select}) TO '${temporary.replaceAll("'", "''")}' (FORMAT parquet, COMPRESSION zstd)`,
      );
      await rename(temporary, path);
    } catch (cause) {
      await rm(temporary, { force: true });
      throw new CohearError('ERR_IO', `synth: cannot write ${path}: ${(cause as Error).message}`, { cause });
    }
  }

  async close(): Promise<void> {
    this.connection.closeSync();
    this.instance.closeSync();
    for (const file of [this.file, `${this.file}.wal`]) await rm(file, { force: true });
    await rm(`${this.file}.tmp`, { recursive: true, force: true }); // what DuckDB spilled
  }
}
