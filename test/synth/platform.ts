import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { generate, type SynthReport, type SynthSizes } from '../../lib/synth/index.js';

/** A generated platform with its tables open as views `events`, `items` and `users`. */
export interface Platform {
  readonly report: SynthReport;
  rows(sql: string): Promise<(number | string)[][]>;
  /** The one number of a one-row, one-column result. */
  number(sql: string): Promise<number>;
  /** SHA-256 of every row of every table, in the order of the files. */
  digest(): Promise<string>;
  remove(): Promise<void>;
}

export async function platform(sizes: SynthSizes): Promise<Platform> {
  const folder = await mkdtemp(join(tmpdir(), 'cohear-synth-'));
  const report = await generate({ ...sizes, folder });
  const instance = await DuckDBInstance.create();
  const connection: DuckDBConnection = await instance.connect();
  for (const [name, file] of Object.entries(report.files))
    await connection.run(`CREATE VIEW ${name} AS FROM '${join(folder, file)}'`);
  const rows = async (sql: string) => {
    const result = await connection.runAndReadAll(sql);
    return result
      .getRowsJS()
      .map((row) => row.map((v) => (typeof v === 'bigint' ? Number(v) : (v as number | string))));
  };
  return {
    report,
    rows,
    number: async (sql) => Number((await rows(sql))[0]![0]),
    async digest() {
      const hash = createHash('sha256');
      for (const table of ['events', 'items', 'users'])
        hash.update(JSON.stringify((await connection.runAndReadAll(`FROM ${table}`)).getRowsJson()));
      return hash.digest('hex');
    },
    async remove() {
      connection.closeSync();
      instance.closeSync();
      await rm(folder, { recursive: true });
    },
  };
}
