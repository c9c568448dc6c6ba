import * as tf from '@tensorflow/tfjs-core';
import { type Rows, RowTable } from '../artifacts/index.js';
import { CohearError } from '../errors/index.js';
import { addon } from '../native/index.js';
import { cohearBackend } from './backend.js';
import { tensorOf } from './tape.js';

/**
 * Rows of a table that takes no gradient, as a tensor: out[i] = table[rows[i]]. Unlike tf.gather, the table need
 * not be a tensor, nor be in memory at all.
 * @returns [rows.length, table.cols]
 * @throws CohearError ERR_RANGE for a row outside the table
 */
export function tableRows(table: Rows, rows: Uint32Array): tf.Tensor2D {
  const { cols } = table;
  const backend = cohearBackend();
  const out = backend?.pool.float32(rows.length * cols) ?? new Float32Array(rows.length * cols);
  readRows(table, rows, out);
  return backend ? tensorOf(backend, [rows.length, cols], out) : tf.tensor2d(out, [rows.length, cols]);
}

/** out[i] = table[rows[i]], decoded. @throws CohearError ERR_RANGE for a row outside the table */
export function readRows(table: Rows, rows: Uint32Array, out: Float32Array<ArrayBuffer>): void {
  if (table instanceof RowTable) {
    table.read(rows, out);
    return;
  }
  const indices = new Int32Array(rows.buffer, rows.byteOffset, rows.length);
  if (!addon.gatherRows(table.data, 1, table.rows, table.cols, indices, out))
    throw new CohearError('ERR_RANGE', `tableRows: a row is outside the table, which has ${table.rows} rows`);
}
