import { createHash, randomBytes } from 'node:crypto';
import { closeSync, fdatasync, mkdirSync, openSync, writeSync } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { CohearError } from '../errors/index.js';
import { KEY_BYTES } from './key-index.js';

// Rows are kept in logs: a line that names the encoder, then records of one size, each
//
//     key (SHA-256, 32 bytes) | row (f32 each) | CRC-32 of both (4 bytes)
//
// A process appends to a log of its own, so processes share a folder without locks. What is written is safe from
// a kill at once, and from a loss of power a second later; half a record at the end is passed over.

const CRC_BYTES = 4;
const FORMAT = 'cohear text rows 1';
const SYNC_MS = 1000;
const READ_BYTES = 4 << 20;

/** Whose rows a log holds. */
export interface RowKind {
  /** Of all encoders; each has a folder of its own in it. */
  readonly folder: string;
  readonly fingerprint: string;
  readonly dimension: number;
}

/** The fingerprint in each log is checked whole; the folder's name need not be. */
export const folderOf = ({ folder, fingerprint }: RowKind) =>
  join(folder, createHash('sha256').update(fingerprint).digest('hex').slice(0, 16));
const headerOf = ({ fingerprint, dimension }: RowKind) =>
  Buffer.from(`${JSON.stringify({ format: FORMAT, encoder: fingerprint, dimension })}\n`);
const recordBytes = (dimension: number) => KEY_BYTES + 4 * dimension + CRC_BYTES;

/** Appends rows to a log, which is made when the first one comes. */
export class RowLog {
  /** Of its file. */
  readonly name = `${Date.now().toString(36)}-${randomBytes(6).toString('hex')}.rows`;
  private file: number | undefined;
  private broken = false;
  private syncing: Promise<void> | undefined;
  private synced = 0;

  constructor(private readonly kind: RowKind) {}

  /**
   * Writes rows before it returns: rows[i * dimension ..) under the key at keys[entries[i] * KEY_BYTES].
   * @throws CohearError ERR_IO
   */
  append(keys: Buffer, entries: ArrayLike<number>, rows: Float32Array): void {
    const { dimension } = this.kind;
    const record = recordBytes(dimension);
    const bytes = Buffer.allocUnsafe(entries.length * record);
    const source = Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength);
    for (let i = 0; i < entries.length; i++) {
      const [at, key] = [i * record, entries[i]! * KEY_BYTES];
      keys.copy(bytes, at, key, key + KEY_BYTES);
      source.copy(bytes, at + KEY_BYTES, i * 4 * dimension, (i + 1) * 4 * dimension);
      const end = at + record - CRC_BYTES;
      bytes.writeUInt32LE(crc32(bytes.subarray(at, end)), end);
    }
    try {
      if (this.broken) throw new Error('an earlier write failed');
      this.file ??= this.create();
      this.write(this.file, bytes);
    } catch (cause) {
      this.broken = true;
      throw new CohearError(
        'ERR_IO',
        `text cache: cannot write in ${folderOf(this.kind)}: ${(cause as Error).message}`,
        { cause },
      );
    }
    if (performance.now() - this.synced > SYNC_MS) this.sync(this.file);
  }

  private create(): number {
    const folder = folderOf(this.kind);
    mkdirSync(folder, { recursive: true });
    const file = openSync(join(folder, this.name), 'ax');
    this.write(file, headerOf(this.kind));
    return file;
  }

  private write(file: number, bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
  }

  private sync(file: number): void {
    this.synced = performance.now();
    this.syncing ??= new Promise<void>((resolve) => fdatasync(file, () => resolve())).then(() => {
      this.syncing = undefined;
    });
  }

  async close(): Promise<void> {
    await this.syncing;
    const { file } = this;
    if (file === undefined) return;
    this.file = undefined;
    await new Promise<void>((resolve) => fdatasync(file, () => resolve()));
    closeSync(file);
  }
}

/** Some rows of a log: rows[i * dimension ..) under the key at keys[i * KEY_BYTES]. */
export interface KeptRows {
  readonly count: number;
  readonly keys: Uint8Array;
  readonly rows: Float32Array;
}

/**
 * Reads the rows of all logs of an encoder, some megabytes of them in memory at a time, and of each row once. A log or
 * a record that cannot be used is told to `warn` and passed over: a cache may lose rows, never a run.
 */
export class RowReader {
  /** How far each log is read; null where nothing of it can be used. */
  private readonly ends = new Map<string, number | null>();
  private readonly header: Buffer;

  constructor(
    private readonly kind: RowKind,
    private readonly warn: (message: string) => void,
  ) {
    this.header = headerOf(kind);
  }

  /** What was written since it was last asked, but for the log of that name. May be given up midway. */
  async *unread(except?: string): AsyncGenerator<KeptRows> {
    const folder = folderOf(this.kind);
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((n) => n.endsWith('.rows') && n !== except).sort()) {
      if (this.ends.get(name) === null) continue;
      const path = join(folder, name);
      const say = (why: string) => this.warn(`text cache: ${path}: ${why}; what it held is encoded again`);
      let file: FileHandle | undefined;
      try {
        file = await open(path);
        yield* this.rowsOf(file, name, say);
      } catch (error) {
        this.ends.set(name, null);
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') say((error as Error).message); // else it was removed
      } finally {
        await file?.close();
      }
    }
  }

  private async *rowsOf(
    file: FileHandle,
    name: string,
    say: (why: string) => void,
  ): AsyncGenerator<KeptRows> {
    const { dimension } = this.kind;
    if (!this.ends.has(name)) {
      const found = Buffer.alloc(this.header.length);
      const { bytesRead } = await file.read(found, 0, found.length, 0);
      if (!this.header.subarray(0, bytesRead).equals(found.subarray(0, bytesRead))) {
        this.ends.set(name, null);
        return say('it is no log of this encoder');
      }
      if (bytesRead < found.length) return; // its process was killed, or has only just begun
      this.ends.set(name, found.length);
    }
    const record = recordBytes(dimension);
    const most = Math.max(1, Math.floor(READ_BYTES / record));
    const bytes = Buffer.from(new ArrayBuffer(most * record));
    let bad = 0;
    try {
      for (;;) {
        const at = this.ends.get(name)!;
        const read = await file.read(bytes, 0, bytes.length, at);
        const records = Math.floor(read.bytesRead / record); // half a one may still be written
        if (records === 0) break;
        const keys = new Uint8Array(records * KEY_BYTES);
        const rows = new Float32Array(records * dimension);
        let count = 0;
        for (let r = 0; r < records; r++) {
          const [begin, end] = [r * record, (r + 1) * record - CRC_BYTES];
          if (crc32(bytes.subarray(begin, end)) !== bytes.readUInt32LE(end)) {
            bad++;
            continue;
          }
          rows.set(new Float32Array(bytes.buffer, begin + KEY_BYTES, dimension), count * dimension);
          keys.set(bytes.subarray(begin, begin + KEY_BYTES), count * KEY_BYTES);
          count++;
        }
        this.ends.set(name, at + records * record);
        yield { count, keys, rows };
      }
    } finally {
      if (bad > 0) say(`${bad} records have a wrong checksum`);
    }
  }
}
