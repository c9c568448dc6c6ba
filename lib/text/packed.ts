import { type Matrix, matrix } from '../artifacts/index.js';
import { CohearError } from '../errors/index.js';
import { addon } from '../native/index.js';
import type { PackedTexts, StaticTableHandle } from '../native/text.js';
import type { EncodeWork } from './types.js';

const WORD = /[\p{L}\p{N}]+/gu;
const ASCII = /^[\0-\x7f]*$/;
/** Texts that cross to native code at a time: some 50 ms of work. */
const CHUNK = 8192;
/** Texts that encode() is best given: some chunks, of which the next is packed while one runs. */
export const TEXTS_AT_ONCE = 4 * CHUNK;

/** Texts as UTF-8 end to end; half a surrogate pair becomes U+FFFD. */
export function packTexts(texts: readonly string[]): PackedTexts {
  const offsets = new BigUint64Array(texts.length + 1);
  let size = 0;
  for (let i = 0; i < texts.length; i++) offsets[i + 1] = BigInt((size += Buffer.byteLength(texts[i]!)));
  const bytes = Buffer.allocUnsafeSlow(size);
  for (let i = 0; i < texts.length; i++) bytes.write(texts[i]!, Number(offsets[i]!));
  return { bytes: new Uint8Array(bytes.buffer, 0, size), offsets };
}

/** What hashing reads of a text: native code finds the words of ASCII itself, others come normalised and spaced. */
const hashable = (text: string): string =>
  ASCII.test(text) ? text : (text.normalize('NFKC').toLowerCase().match(WORD) ?? []).join(' ');

export interface NativeEncoding {
  /** The static part, `dimension` wide. */
  readonly static?: { readonly table: StaticTableHandle; readonly dimension: number } | undefined;
  /** Width of the hashed part. */
  readonly hashed: number;
  readonly seed: number;
}

/** Static and hashed rows side by side, in native code; the event loop stays free but for packing. */
export async function encodeNative(
  texts: readonly string[],
  { static: fixed, hashed, seed }: NativeEncoding,
  { signal, onProgress, onRows }: EncodeWork,
): Promise<Matrix> {
  const out = matrix(texts.length, (fixed?.dimension ?? 0) + hashed);
  // Native code writes into shared memory, one room for the chunk that runs and one for the chunk before it.
  const size = Math.min(CHUNK, texts.length) * out.cols;
  const rooms = [0, 1].map(() => new Float32Array(new SharedArrayBuffer(size * 4)));
  const start = async (at: number) => {
    const chunk = texts.slice(at, at + CHUNK);
    const prepared = chunk.map(hashable);
    const words = packTexts(prepared);
    const rows = rooms[(at / CHUNK) % 2]!.subarray(0, chunk.length * out.cols);
    await addon.encodeTexts({
      ...(fixed && {
        table: fixed.table,
        texts: prepared.every((text, i) => text === chunk[i]) ? words : packTexts(chunk),
      }),
      hashed,
      ...(hashed > 0 && { words }),
      seed,
      out: rows,
    });
    return rows;
  };
  const report = (done: number) =>
    onProgress?.({ task: 'encode texts', done, total: texts.length, unit: 'texts' });
  let running = texts.length > 0 ? start(0) : undefined;
  for (let at = 0; at < texts.length; at += CHUNK) {
    if (signal?.aborted) throw new CohearError('ERR_CANCELLED', 'text encoding was stopped');
    report(at);
    const next = at + CHUNK < texts.length ? start(at + CHUNK) : undefined; // packed while the last one runs
    next?.catch(() => {}); // awaited in its turn, or given up with the others
    const rows = await running!;
    running = next;
    out.data.set(rows, at * out.cols);
    onRows?.(
      Array.from({ length: rows.length / out.cols }, (_, i) => at + i),
      rows,
    );
  }
  report(texts.length);
  return out;
}
