import * as tf from '@tensorflow/tfjs-core';
import type { Matrix } from '../artifacts/index.js';
import { CohearError } from '../errors/index.js';
import { addon } from '../native/index.js';
import { cohearBackend } from './backend.js';
import { tensorOf } from './tape.js';

/**
 * Rows of a table that takes no gradient, as a tensor: out[i] = table[rows[i]]. Unlike tf.gather, the table need
 * not be a tensor, and its copy need not be in memory twice.
 * @returns [rows.length, table.cols]
 * @throws CohearError ERR_RANGE for a row outside the table
 */
export function tableRows({ data, rows: size, cols }: Matrix, rows: Uint32Array): tf.Tensor2D {
  const backend = cohearBackend();
  const out = backend?.pool.float32(rows.length * cols) ?? new Float32Array(rows.length * cols);
  const indices = new Int32Array(rows.buffer, rows.byteOffset, rows.length);
  if (!addon.gatherRows(data, 1, size, cols, indices, out)) {
    throw new CohearError('ERR_RANGE', `tableRows: a row is outside the table, which has ${size} rows`);
  }
  return backend ? tensorOf(backend, [rows.length, cols], out) : tf.tensor2d(out, [rows.length, cols]);
}
