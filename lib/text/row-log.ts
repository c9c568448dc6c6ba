import { createHash, randomBytes } from 'node:crypto';
import { closeSync, fdatasync, mkdirSync, openSync, writeSync } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { CohearError } from '../errors/index.js';

// Rows are kept in logs: a line that names the encoder, then records of one size, each
//
//     key (SHA-256, 32 bytes) | row (f32 each) | CRC-32 of both (4 bytes)
//
// A process appends to a log of its own, so processes share a folder without locks. What is written is safe from
// a kill at once, and from a loss of power a second later; half a record at the end is passed over.

/** Bytes of a row's key, a SHA-256. */
const KEY_BYTES = 32;
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
const folderOf = ({ folder, fingerprint }: RowKind) =>
  join(folder, createHash('sha256').update(fingerprint).digest('hex').slice(0, 16));
const headerOf = ({ fingerprint, dimension }: RowKind) =>
  Buffer.from(`${JSON.stringify({ format: FORMAT, encoder: fingerprint, dimension })}\n`);
const recordBytes = (dimension: number) => KEY_BYTES + 4 * dimension + CRC_BYTES;

/** Appends rows to a log, which is made when the first one comes. */
export class RowLog {
  private file: number | undefined;
  private broken = false;
  private syncing: Promise<void> | undefined;
  private synced = 0;

  constructor(private readonly kind: RowKind) {}

  /**
   * Writes rows before it returns: rows[i * dimension ..) under keys[i], a SHA-256 in latin1.
   * @throws CohearError ERR_IO
   */
  append(keys: readonly string[], rows: Float32Array): void {
    const { dimension } = this.kind;
    const record = recordBytes(dimension);
    const bytes = Buffer.allocUnsafe(keys.length * record);
    const source = Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength);
    keys.forEach((key, i) => {
      const at = i * record;
      bytes.write(key, at, KEY_BYTES, 'latin1');
      source.copy(bytes, at + KEY_BYTES, i * 4 * dimension, (i + 1) * 4 * dimension);
      const end = at + record - CRC_BYTES;
      bytes.writeUInt32LE(crc32(bytes.subarray(at, end)), end);
    });
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
    const name = `${Date.now().toString(36)}-${randomBytes(6).toString('hex')}.rows`;
    const file = openSync(join(folder, name), 'ax');
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

/** Some rows of a log: rows[i * dimension ..) under keys[i], a SHA-256 in latin1. */
export interface KeptRows {
  readonly keys: readonly string[];
  readonly rows: Float32Array;
}

/**
 * The rows of all logs, some megabytes of them in memory at a time. A log or a record that cannot be used is told to
 * `warn` and passed over: a cache may lose rows, never a run.
 */
export async function* keptRows(kind: RowKind, warn: (message: string) => void): AsyncGenerator<KeptRows> {
  const folder = folderOf(kind);
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((n) => n.endsWith('.rows')).sort()) {
    const path = join(folder, name);
    const say = (why: string) => warn(`text cache: ${path}: ${why}; what it held is encoded again`);
    let file: FileHandle | undefined;
    try {
      file = await open(path);
      yield* rowsOf(file, kind, say);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') say((error as Error).message); // else it was removed
    } finally {
      await file?.close();
    }
  }
}

async function* rowsOf(
  file: FileHandle,
  kind: RowKind,
  say: (why: string) => void,
): AsyncGenerator<KeptRows> {
  const { dimension } = kind;
  const header = headerOf(kind);
  const found = Buffer.alloc(header.length);
  const { bytesRead } = await file.read(found, 0, header.length, 0);
  if (!header.subarray(0, bytesRead).equals(found.subarray(0, bytesRead)))
    return say('it is no log of this encoder');
  if (bytesRead < header.length) return; // its process was killed, or has only just begun
  const record = recordBytes(dimension);
  const most = Math.max(1, Math.floor(READ_BYTES / record));
  let bad = 0;
  for (let at = header.length; ; ) {
    const bytes = Buffer.from(new ArrayBuffer(most * record));
    const read = await file.read(bytes, 0, bytes.length, at);
    const count = Math.floor(read.bytesRead / record);
    if (count === 0) break;
    at += count * record;
    const keys: string[] = [];
    const rows = new Float32Array(count * dimension);
    for (let r = 0; r < count; r++) {
      const [begin, end] = [r * record, (r + 1) * record - CRC_BYTES];
      if (crc32(bytes.subarray(begin, end)) !== bytes.readUInt32LE(end)) {
        bad++;
        continue;
      }
      rows.set(new Float32Array(bytes.buffer, begin + KEY_BYTES, dimension), keys.length * dimension);
      keys.push(bytes.toString('latin1', begin, begin + KEY_BYTES));
    }
    yield { keys, rows: rows.subarray(0, keys.length * dimension) };
  }
  if (bad > 0) say(`${bad} records have a wrong checksum`);
}
