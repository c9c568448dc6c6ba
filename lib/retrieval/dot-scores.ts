import { addon } from '../native/index.js';
import type { RowFileHandle } from '../native/tensor.js';

export interface DotScoresOptions {
  /** Row-major [queries, dimensions]. */
  readonly queries: Float32Array;
  /** Row-major [items, dimensions], or in a file ({@link nativeRows}). */
  readonly items: Float32Array | RowFileHandle;
  readonly dimensions: number;
  /** Added to every query's score of an item. [items] */
  readonly bias?: Float32Array;
  /** Row-major [queries, items]: written when the promise resolves, without a copy over a SharedArrayBuffer. */
  readonly out: Float32Array;
}

/**
 * The score of every item for every query, out[q, i] = queries[q] · items[i] + bias[i], summed in order of
 * dimensions in 32-bit floats like those of `topK`, so the same at any number of threads and on any machine.
 * Scores that are not finite are passed on.
 * @throws CohearError ERR_RANGE for 0 dimensions, ERR_SHAPE for arrays that do not fit each other
 */
export async function dotScores(options: DotScoresOptions): Promise<void> {
  return addon.dotScores(options);
}
