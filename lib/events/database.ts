import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, type DuckDBDataChunk, DuckDBInstance } from '@duckdb/node-api';
import { CohearError, type ErrorCode } from '../errors/index.js';

/** What DuckDB's error families mean to a caller. */
const CODES: readonly [RegExp, ErrorCode][] = [
  [/^INTERRUPT/i, 'ERR_CANCELLED'],
  [/^IO Error|^HTTP Error|^Permission Error/, 'ERR_IO'],
  [/^(Binder|Catalog|Parser|Syntax) Error/, 'ERR_CONFIG'],
  [/^Out of Memory/, 'ERR_MEMORY'],
  [/^(Invalid Input|Conversion|Invalid|Serialization) Error/, 'ERR_FORMAT'],
  [/^(Missing Extension|Not implemented) Error/, 'ERR_MISSING'],
];

export interface DatabaseOptions {
  /** Where relative file names in SQL are found. */
  readonly folder: string;
  readonly threads?: number | undefined;
  /** As DuckDB writes it, e.g. "4GB"; beyond it sorts and joins go to disk. Default: 80 % of memory. */
  readonly memoryLimit?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An in-memory DuckDB for one piece of work. Its times are UTC, it installs nothing, it must be closed. */
export class Database {
  private readonly interrupt = () => this.connection.interrupt();
  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
    private readonly signal: AbortSignal | undefined,
  ) {
    signal?.addEventListener('abort', this.interrupt);
  }

  static async open({ folder, threads, memoryLimit, signal }: DatabaseOptions): Promise<Database> {
    const instance = await DuckDBInstance.create(':memory:', {
      autoinstall_known_extensions: 'false',
      temp_directory: join(tmpdir(), `cohear-duckdb-${process.pid}`),
      ...(threads !== undefined && { threads: String(threads) }),
      ...(memoryLimit !== undefined && { memory_limit: memoryLimit }),
    });
    const database = new Database(instance, await instance.connect(), signal);
    await database.run(`SET TimeZone = 'UTC'`);
    await database.run(`SET file_search_path = ${text(folder)}`);
    return database;
  }

  close(): void {
    this.signal?.removeEventListener('abort', this.interrupt);
    this.connection.closeSync();
    this.instance.closeSync();
  }

  async run(sql: string, what = 'database'): Promise<void> {
    await this.guard(what, () => this.connection.run(sql));
  }

  /** All rows of a small result, as plain values (64-bit counts as numbers). */
  async rows(sql: string, what = 'database'): Promise<(string | number | null)[][]> {
    const result = await this.guard(what, () => this.connection.run(sql));
    const rows = await this.guard(what, () => result.getRows());
    return rows.map((row) =>
      row.map((v) => (typeof v === 'bigint' ? Number(v) : (v as string | number | null))),
    );
  }

  /** A large result, a chunk of some thousand rows at a time. */
  async *chunks(sql: string, what = 'database'): AsyncGenerator<DuckDBDataChunk> {
    const result = await this.guard(what, () => this.connection.stream(sql));
    for (;;) {
      const chunk = await this.guard(what, () => result.fetchChunk());
      if (chunk === null || chunk.rowCount === 0) return;
      yield chunk;
    }
  }

  /** Turns DuckDB's errors into ours; `what` says whose SQL it was. */
  private async guard<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      this.signal?.throwIfAborted();
      return await work();
    } catch (cause) {
      if (this.signal?.aborted)
        throw new CohearError('ERR_CANCELLED', 'reading the data was stopped', { cause });
      const message = (cause as Error).message;
      const code = CODES.find(([pattern]) => pattern.test(message))?.[1] ?? 'ERR_INTERNAL';
      throw new CohearError(code, `${what}: ${message}`, { cause });
    }
  }
}

/** A value as an SQL text literal. */
export const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** A name as a quoted SQL identifier. */
export const name = (value: string): string => `"${value.replaceAll('"', '""')}"`;
