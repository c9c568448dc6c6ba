import { RowTable, RowWriter, type Storage } from '../artifacts/index.js';
import { type CacheOptions, encodeEach } from './cache.js';
import type { TextList } from './text-index.js';
import type { TextEncoder } from './types.js';

export interface FileOptions extends CacheOptions {
  /** The safetensors file to write; one that is there is replaced. */
  readonly path: string;
  /** Default 'f32'. */
  readonly storage?: Storage | undefined;
}

/** The matrix in the file. */
export const TEXT_ROWS = 'text';

/**
 * `cachedEncode` into a file, for catalogues whose rows shall not be in memory: they go from the encoder or the cache
 * to the file a batch at a time, and what comes back is the file, mapped.
 * @returns one row per text, zeros where there is none
 * @throws CohearError as cachedEncode
 */
export async function encodeToFile(
  encoder: TextEncoder,
  texts: TextList,
  { path, storage = 'f32', ...options }: FileOptions,
): Promise<RowTable> {
  const file = await RowWriter.create(path, TEXT_ROWS, [texts.length, encoder.dimension], storage);
  try {
    await encodeEach(encoder, texts, options, (place, vector) => file.put(place, vector));
  } catch (error) {
    await file.abandon();
    throw error;
  }
  await file.finish();
  return RowTable.open(path, TEXT_ROWS);
}
