import { require } from '../errors/index.js';

/** A dense row-major matrix of f32: row r is data[r * cols .. (r + 1) * cols). */
export interface Matrix {
  readonly data: Float32Array;
  readonly rows: number;
  readonly cols: number;
}

/** Wraps `data` (not copied) as rows x cols. Zero-filled when `data` is left out. */
export function matrix(
  rows: number,
  cols: number,
  data: Float32Array = new Float32Array(rows * cols),
): Matrix {
  require(data.length === rows * cols, 'ERR_SHAPE', () =>
    `matrix: want ${rows} x ${cols} = ${rows * cols} numbers, got ${data.length}`);
  return { data, rows, cols };
}

/** Row r of a matrix: a view, not a copy. */
export function row(m: Matrix, r: number): Float32Array {
  return m.data.subarray(r * m.cols, (r + 1) * m.cols);
}

/** Scales every row to unit length in place; a row of zeros stays. */
export function normalizeRows(m: Matrix): Matrix {
  for (let r = 0; r < m.rows; r++) {
    const values = row(m, r);
    let sum = 0;
    for (const value of values) sum += value * value;
    if (sum > 0) {
      const scale = 1 / Math.sqrt(sum);
      for (let i = 0; i < values.length; i++) values[i] = values[i]! * scale;
    }
  }
  return m;
}
