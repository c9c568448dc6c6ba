import { createHash } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readSafetensors, writeSafetensors } from '../artifacts/index.js';
import { CohearError } from '../errors/index.js';

/** Bytes of a row's key, a SHA-256. */
export const KEY_BYTES = 32;

/** Some cached rows: key r is keys[r * 32 .. (r + 1) * 32), its vector rows[r * dimension ..). */
export interface Segment {
  readonly keys: Uint8Array;
  readonly rows: Float32Array;
}

const bytesOf = (rows: Float32Array) => new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
const checksum = ({ keys, rows }: Segment) =>
  createHash('sha256').update(keys).update(bytesOf(rows)).digest('hex');

/** Folder of one encoder's segments. The fingerprint in each file is checked whole; the name need not be. */
export const segmentFolder = (folder: string, fingerprint: string) =>
  join(folder, createHash('sha256').update(fingerprint).digest('hex').slice(0, 16));

/** Writes a segment whole or not at all. Its name follows from its keys, so two writers of one segment agree. */
export async function writeSegment(folder: string, fingerprint: string, segment: Segment): Promise<void> {
  const count = segment.keys.length / KEY_BYTES;
  const name = createHash('sha256').update(segment.keys).digest('hex').slice(0, 32);
  try {
    await mkdir(folder, { recursive: true });
    await writeSafetensors(
      join(folder, `${name}.safetensors`),
      {
        keys: { data: segment.keys, shape: [count, KEY_BYTES] },
        rows: { data: segment.rows, shape: [count, segment.rows.length / count] },
      },
      { encoder: fingerprint, sha256: checksum(segment) },
    );
  } catch (cause) {
    throw new CohearError('ERR_IO', `text cache: cannot write in ${folder}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

async function readSegment(path: string, fingerprint: string, dimension: number): Promise<Segment> {
  const { tensors, metadata } = await readSafetensors(path);
  const keys = tensors.keys?.data;
  const rows = tensors.rows?.data;
  const bad = (why: string) => new CohearError('ERR_FORMAT', why);
  if (!(keys instanceof Uint8Array && rows instanceof Float32Array)) throw bad('it holds no keys and rows');
  if (rows.length * KEY_BYTES !== keys.length * dimension)
    throw bad('its keys and rows do not fit each other');
  if (metadata.encoder !== fingerprint) throw bad('it was written by another encoder');
  if (metadata.sha256 !== checksum({ keys, rows })) throw bad('its checksum is wrong');
  return { keys, rows };
}

/**
 * The segments of a folder, one in memory at a time, in order of name. One that cannot be used is reported to
 * `warn`, removed if it is damaged, and passed over: a cache may lose rows, never a run.
 */
export async function* readSegments(
  folder: string,
  fingerprint: string,
  dimension: number,
  warn: (message: string) => void,
): AsyncGenerator<Segment> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((n) => n.endsWith('.safetensors')).sort()) {
    const path = join(folder, name);
    let segment: Segment;
    try {
      segment = await readSegment(path, fingerprint, dimension);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue; // another process removed it
      const damaged = (error as CohearError).code === 'ERR_FORMAT';
      warn(`text cache: ${path} cannot be used (${(error as Error).message}); its rows are encoded again`);
      if (damaged) await rm(path, { force: true });
      continue;
    }
    yield segment;
  }
}
