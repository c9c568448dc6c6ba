import { createHash } from 'node:crypto';
import { type Matrix, matrix } from '../artifacts/index.js';
import { CohearError, require } from '../errors/index.js';
import type { LongWork } from '../progress/index.js';
import { KEY_BYTES, readSegments, segmentFolder, writeSegment } from './segments.js';
import type { TextEncoder } from './types.js';

export interface CacheOptions extends LongWork {
  /** Where rows are kept; made when missing. Runs and processes may share it. */
  readonly folder: string;
  /** Told of cache files that cannot be used. Default: process.emitWarning. */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Told before it starts what encoding the missing texts will take, by encoders that can say so. */
  readonly onPlan?: ((message: string) => void) | undefined;
}

/** Rows to a cache file: what a killed run loses at most. */
export const SEGMENT_ROWS = 1024;

/** The distinct non-empty texts, in order of first appearance, and for each input text its place among them. */
function distinct(texts: readonly string[], fingerprint: string) {
  const place = new Int32Array(texts.length).fill(-1);
  const places = new Map<string, number>();
  const unique: { text: string; key: string }[] = [];
  texts.forEach((text, i) => {
    if (text.trim() === '') return;
    let at = places.get(text);
    if (at === undefined) {
      at = unique.length;
      places.set(text, at);
      const key = createHash('sha256')
        .update(fingerprint)
        .update('\0')
        .update(text)
        .digest()
        .toString('latin1');
      unique.push({ text, key });
    }
    place[i] = at;
  });
  return { place, unique };
}

/**
 * `encoder.encode(texts)` through a cache on disk: a row is kept under SHA-256(encoder fingerprint, text), equal
 * texts are encoded once, and rows that are there are not encoded again.
 *
 * Missing texts are taken longest first (equal lengths by key) in segments of {@link SEGMENT_ROWS}, each written
 * whole when it is done, in that order. So what a killed run left is a run of whole segments, the resumed run
 * cuts the rest in the same places, and ends with the same bits as one never killed. Bits are promised for the
 * same texts and the same cache at the start; with the encoders of this package, whose rows depend on their own
 * text alone, for any history of the cache.
 * @returns Matrix of texts.length x encoder.dimension
 * @throws CohearError ERR_CONFIG when the encoder's plan is over its limit; ERR_CANCELLED (finished segments stay), ERR_IO when the folder cannot be written
 */
export async function cachedEncode(
  encoder: TextEncoder,
  texts: readonly string[],
  options: CacheOptions,
): Promise<Matrix> {
  const {
    onProgress,
    signal,
    onPlan,
    onWarning = (message: string) => process.emitWarning(message),
  } = options;
  const { dimension, fingerprint } = encoder;
  const folder = segmentFolder(options.folder, fingerprint);
  const { place, unique } = distinct(texts, fingerprint);
  const rows = matrix(unique.length, dimension);

  const missing = new Map(unique.map(({ key }, i) => [key, i]));
  for await (const segment of readSegments(folder, fingerprint, dimension, onWarning)) {
    const keys = Buffer.from(segment.keys.buffer, segment.keys.byteOffset, segment.keys.byteLength);
    for (let r = 0; r * KEY_BYTES < keys.length; r++) {
      const key = keys.toString('latin1', r * KEY_BYTES, (r + 1) * KEY_BYTES);
      const at = missing.get(key);
      if (at === undefined) continue;
      rows.data.set(segment.rows.subarray(r * dimension, (r + 1) * dimension), at * dimension);
      missing.delete(key);
    }
    if (missing.size === 0) break;
  }

  const todo = [...missing.values()].sort((a, b) => {
    const [x, y] = [unique[a]!, unique[b]!];
    return y.text.length - x.text.length || (x.key < y.key ? -1 : 1);
  });
  const plan = todo.length > 0 ? encoder.plan?.(todo.map((i) => unique[i]!.text)) : undefined;
  if (plan !== undefined) onPlan?.(plan);
  const report = (done: number) =>
    onProgress?.({
      task: 'encode texts',
      done,
      total: todo.length,
      unit: 'texts',
      note: `${unique.length - todo.length} cached`,
    });
  for (let at = 0; at < todo.length; at += SEGMENT_ROWS) {
    if (signal?.aborted) throw new CohearError('ERR_CANCELLED', 'text encoding was stopped');
    const segment = todo.slice(at, at + SEGMENT_ROWS);
    const encoded = await encoder.encode(
      segment.map((i) => unique[i]!.text),
      { signal, onProgress: (event) => report(at + event.done) },
    );
    require(encoded.rows === segment.length && encoded.cols === dimension, 'ERR_SHAPE', () =>
      `encoder ${encoder.name}: want ${segment.length} x ${dimension}, got ${encoded.rows} x ${encoded.cols}`);
    const keys = Buffer.from(segment.map((i) => unique[i]!.key).join(''), 'latin1');
    await writeSegment(folder, fingerprint, { keys: new Uint8Array(keys), rows: encoded.data });
    segment.forEach((i, r) => {
      rows.data.set(encoded.data.subarray(r * dimension, (r + 1) * dimension), i * dimension);
    });
  }
  report(todo.length);

  const out = matrix(texts.length, dimension);
  place.forEach((at, i) => {
    if (at >= 0) out.data.set(rows.data.subarray(at * dimension, (at + 1) * dimension), i * dimension);
  });
  return out;
}
