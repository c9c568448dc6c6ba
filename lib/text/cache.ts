import { createHash } from 'node:crypto';
import { type Matrix, matrix } from '../artifacts/index.js';
import { CohearError, require } from '../errors/index.js';
import type { LongWork } from '../progress/index.js';
import { keptRows, RowLog } from './row-log.js';
import type { TextEncoder } from './types.js';

export interface CacheOptions extends LongWork {
  /** Where rows are kept; made when missing. Runs and processes may share it. */
  readonly folder: string;
  /** Told of cache files that cannot be used. Default: process.emitWarning. */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Told before it starts what encoding the missing texts will take, by encoders that can say so. */
  readonly onPlan?: ((message: string) => void) | undefined;
}

/** Texts to a call of an encoder that does not say how many it is best given. */
export const TEXTS_AT_ONCE = 1024;
/** Texts between pauses for the event loop. */
const STRETCH = 8192;

/** A text that is not empty, once: where it stands first, and its key in latin1. */
interface Distinct {
  readonly first: number;
  readonly key: string;
}

/**
 * The distinct texts that are not empty, in order of first appearance; `next[i]` is the next place with the text of
 * place i, -1 after the last.
 */
async function distinct(texts: readonly string[], fingerprint: string) {
  const next = new Int32Array(texts.length).fill(-1);
  const last = new Map<string, number>();
  const unique: Distinct[] = [];
  for (let i = 0; i < texts.length; i++) {
    if (i % STRETCH === STRETCH - 1) await new Promise(setImmediate);
    const text = texts[i]!;
    if (text.trim() === '') continue;
    const before = last.get(text);
    last.set(text, i);
    if (before !== undefined) {
      next[before] = i;
      continue;
    }
    const hash = createHash('sha256').update(fingerprint).update('\0').update(text);
    unique.push({ first: i, key: hash.digest('binary') });
  }
  return { next, unique };
}

/** Longest text first, equal lengths by key. */
async function longestFirst(some: Iterable<Distinct>, texts: readonly string[]): Promise<Distinct[]> {
  const byLength: Distinct[][] = [];
  for (const one of some) (byLength[texts[one.first]!.length] ??= []).push(one);
  const out: Distinct[] = [];
  for (let done = 0; byLength.length > 0; ) {
    const group = byLength.pop()?.sort((a, b) => (a.key < b.key ? -1 : 1)) ?? [];
    for (const one of group) out.push(one);
    if ((done += group.length) < STRETCH) continue;
    done = 0;
    await new Promise(setImmediate);
  }
  return out;
}

/**
 * `encoder.encode(texts)` through a cache on disk: a row is kept under SHA-256(encoder fingerprint, text), equal
 * texts are encoded once, and rows that are there are not encoded again. Each batch that the encoder finishes is
 * written at once, so a killed run loses the batches in hand and nothing else.
 *
 * Missing texts are taken longest first (equal lengths by key). Where the rows of the encoder depend on their own
 * text alone, as those of this package's encoders do, the bits are the same for any history of the cache; where they
 * depend on the texts beside them, for the same history.
 * @returns Matrix of texts.length x encoder.dimension
 * @throws CohearError ERR_CONFIG when the encoder's plan is over its limit; ERR_CANCELLED (finished batches stay), ERR_IO when the folder cannot be written
 */
export async function cachedEncode(
  encoder: TextEncoder,
  texts: readonly string[],
  options: CacheOptions,
): Promise<Matrix> {
  const out = matrix(texts.length, encoder.dimension);
  await encodeEach(encoder, texts, options, (place, vector) => out.data.set(vector, place * out.cols));
  return out;
}

/**
 * {@link cachedEncode} for catalogues whose rows shall not be in memory at once: `put` is given each row as it is
 * found or finished, in any order; a view that is valid during the call. A place without text is never put.
 */
export async function encodeEach(
  encoder: TextEncoder,
  texts: readonly string[],
  options: CacheOptions,
  put: (place: number, vector: Float32Array) => void,
): Promise<void> {
  const { onProgress, signal, onPlan, onWarning = (text: string) => process.emitWarning(text) } = options;
  const { dimension, fingerprint, textsAtOnce = TEXTS_AT_ONCE } = encoder;
  const stop = () => {
    if (signal?.aborted) throw new CohearError('ERR_CANCELLED', 'text encoding was stopped');
  };
  const kind = { folder: options.folder, fingerprint, dimension };
  const { next, unique } = await distinct(texts, fingerprint);
  const give = ({ first }: Distinct, vector: Float32Array) => {
    for (let place = first; place >= 0; place = next[place]!) put(place, vector);
  };

  const missing = new Map(unique.map((one) => [one.key, one]));
  for await (const { keys, rows } of keptRows(kind, onWarning)) {
    stop();
    keys.forEach((key, r) => {
      const one = missing.get(key);
      if (one === undefined) return;
      give(one, rows.subarray(r * dimension, (r + 1) * dimension));
      missing.delete(key);
    });
    if (missing.size === 0) break;
  }

  const todo = await longestFirst(missing.values(), texts);
  const plan = todo.length > 0 ? encoder.plan?.(todo.map(({ first }) => texts[first]!)) : undefined;
  if (plan !== undefined) onPlan?.(plan);
  const report = (done: number) =>
    onProgress?.({
      task: 'encode texts',
      done,
      total: todo.length,
      unit: 'texts',
      note: `${unique.length - todo.length} cached`,
    });
  const log = new RowLog(kind);
  try {
    for (let at = 0; at < todo.length; at += textsAtOnce) {
      stop();
      const some = todo.slice(at, at + textsAtOnce);
      const kept = new Uint8Array(some.length);
      const keep = (places: ArrayLike<number>, rows: Float32Array) => {
        const done = Array.from(places, (place) => some[place]!);
        log.append(
          done.map(({ key }) => key),
          rows,
        );
        done.forEach((one, r) => {
          give(one, rows.subarray(r * dimension, (r + 1) * dimension));
          kept[places[r]!] = 1;
        });
      };
      const encoded = await encoder.encode(
        some.map(({ first }) => texts[first]!),
        { signal, onProgress: (event) => report(at + event.done), onRows: keep },
      );
      require(encoded.rows === some.length && encoded.cols === dimension, 'ERR_SHAPE', () =>
        `encoder ${encoder.name}: want ${some.length} x ${dimension}, got ${encoded.rows} x ${encoded.cols}`);
      const rest = Array.from(some.keys()).filter((i) => kept[i] === 0); // of encoders that tell nothing on the way
      const rows = new Float32Array(rest.length * dimension);
      rest.forEach((i, r) => {
        rows.set(encoded.data.subarray(i * dimension, (i + 1) * dimension), r * dimension);
      });
      if (rest.length > 0) keep(rest, rows);
    }
  } finally {
    await log.close();
  }
  report(todo.length);
}
