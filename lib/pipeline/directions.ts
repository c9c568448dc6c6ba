import { type Matrix, matrix, row } from '../artifacts/index.js';

/** Item vectors less their last column, the bias: unit vectors, so that a dot product is a cosine. */
export function directions(items: Matrix): Matrix {
  const out = matrix(items.rows, items.cols - 1);
  for (let i = 0; i < items.rows; i++) out.data.set(row(items, i).subarray(0, out.cols), i * out.cols);
  return out;
}
