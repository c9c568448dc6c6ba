import { type Matrix, matrix } from '../artifacts/index.js';
import { CohearError, require } from '../errors/index.js';
import type { LongWork } from '../progress/index.js';
import { Claims } from './claims.js';
import { eachOnce, waiting } from './each-once.js';
import { KEY_BYTES } from './key-index.js';
import { folderOf, RowLog, RowReader } from './row-log.js';
import { TextIndex, type TextList } from './text-index.js';
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

/**
 * `encoder.encode(texts)` through a cache on disk: a row is kept under SHA-256(encoder fingerprint, text), equal
 * texts are encoded once, and rows that are there are not encoded again. Each batch that the encoder finishes is
 * written at once, so a killed run loses the batches in hand and nothing else. Of an encoder that is `quick`, nothing
 * is kept.
 *
 * Missing texts are taken longest first (equal lengths by key). Where the rows of the encoder depend on their own
 * text alone, as those of this package's encoders do, the bits are the same for any history of the cache; where they
 * depend on the texts beside them, for the same history.
 * @returns Matrix of texts.length x encoder.dimension
 * @throws CohearError ERR_CONFIG when the encoder's plan is over its limit; ERR_CANCELLED (finished batches stay), ERR_IO when the folder cannot be written
 */
export async function cachedEncode(
  encoder: TextEncoder,
  texts: TextList,
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
  texts: TextList,
  options: CacheOptions,
  put: (place: number, vector: Float32Array) => void,
): Promise<void> {
  if (encoder.quick) return encodeInOrder(encoder, texts, options, put);
  const { onProgress, signal, onPlan, onWarning = (text: string) => process.emitWarning(text) } = options;
  const { dimension, fingerprint, textsAtOnce = TEXTS_AT_ONCE } = encoder;
  const stop = () => {
    if (signal?.aborted) throw new CohearError('ERR_CANCELLED', 'text encoding was stopped');
  };
  const kind = { folder: options.folder, fingerprint, dimension };
  const index = await TextIndex.of(texts, fingerprint);
  const done = new Uint8Array(index.count);
  let finished = 0;
  /** Row i is of entry entries[i], unless that is there already. */
  const give = (entries: ArrayLike<number>, rows: Float32Array) => {
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i]!;
      if (entry < 0 || done[entry] === 1) continue;
      const vector = rows.subarray(i * dimension, (i + 1) * dimension);
      index.eachPlace(entry, (place) => put(place, vector));
      done[entry] = 1;
      finished++;
    }
  };

  const log = new RowLog(kind);
  const kept = new RowReader(kind, onWarning);
  const look = async () => {
    for await (const { count, keys, rows } of kept.unread(log.name)) {
      stop();
      const entries = new Int32Array(count);
      for (let r = 0; r < count; r++) entries[r] = index.keys.find(keys, r * KEY_BYTES);
      give(entries, rows);
      if (finished === index.count) break;
    }
  };
  await look();

  const cached = finished;
  const todo = await index.longestFirst(missing(done));
  const text = (entry: number) => texts.at(index.placeOf(entry))!;
  const report = (more: number, note = `${cached} cached`) =>
    onProgress?.({
      task: 'encode texts',
      done: finished - cached + more,
      total: todo.length,
      unit: 'texts',
      note,
    });
  if (todo.length === 0) return report(0);
  const plan = encoder.plan?.(mapped(todo, text));
  if (plan !== undefined) onPlan?.(plan);

  const claims = new Claims(folderOf(kind), index.keys);
  try {
    await eachOnce({
      claims,
      todo,
      atOnce: textsAtOnce,
      isDone: (entry) => done[entry] === 1,
      look,
      signal,
      onWait: (holders) => report(0, waiting(holders)),
      async work(entries) {
        const before = finished;
        const keep = (some: Uint32Array, rows: Float32Array) => {
          log.append(index.keys.keys, some, rows);
          give(some, rows);
        };
        const encoded = await encoder.encode(Array.from(entries, text), {
          signal,
          onProgress: (event) => report(before + event.done - finished),
          onRows: (places, rows) =>
            keep(
              Uint32Array.from(places, (place) => entries[place]!),
              rows,
            ),
        });
        requireShape(encoder, encoded, entries.length);
        const rest = Array.from(entries.keys()).filter((i) => done[entries[i]!] === 0); // of encoders that tell nothing
        const rows = new Float32Array(rest.length * dimension);
        rest.forEach((i, r) => {
          rows.set(encoded.data.subarray(i * dimension, (i + 1) * dimension), r * dimension);
        });
        if (rest.length > 0)
          keep(
            Uint32Array.from(rest, (i) => entries[i]!),
            rows,
          );
      },
    });
  } finally {
    await log.close(); // before the claims, so that who takes them over finds the rows
    claims.close();
  }
  report(0);
}

/** Without a cache, text by text as they stand. */
async function encodeInOrder(
  encoder: TextEncoder,
  texts: TextList,
  { signal, onProgress }: LongWork,
  put: (place: number, vector: Float32Array) => void,
): Promise<void> {
  const { dimension, textsAtOnce = TEXTS_AT_ONCE } = encoder;
  for (let at = 0; at < texts.length; at += textsAtOnce) {
    const some = Array.from(
      { length: Math.min(textsAtOnce, texts.length - at) },
      (_, i) => texts.at(at + i)!,
    );
    const rows = await encoder.encode(some, {
      signal,
      onProgress: (event) => onProgress?.({ ...event, done: at + event.done, total: texts.length }),
    });
    requireShape(encoder, rows, some.length);
    some.forEach((text, i) => {
      if (text.trim() !== '') put(at + i, rows.data.subarray(i * dimension, (i + 1) * dimension));
    });
  }
}

function requireShape({ name, dimension }: TextEncoder, { rows, cols }: Matrix, count: number): void {
  require(rows === count && cols === dimension, 'ERR_SHAPE', () =>
    `encoder ${name}: want ${count} x ${dimension}, got ${rows} x ${cols}`);
}

function* missing(done: Uint8Array): Generator<number> {
  for (let entry = 0; entry < done.length; entry++) if (done[entry] === 0) yield entry;
}

function* mapped<T>(entries: Uint32Array, of: (entry: number) => T): Generator<T> {
  for (const entry of entries) yield of(entry);
}
