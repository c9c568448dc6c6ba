import * as tf from '@tensorflow/tfjs-core';
import { require } from '../errors/index.js';
import { addon } from '../native/index.js';
import { cohearBackend } from './backend.js';
import { tensorOf } from './tape.js';

/** Below this length a row is divided by it instead of its own length; torch's default. */
export const EPSILON = 1e-12;

/**
 * Rows scaled to unit length: y[r] = x[r] / max(|x[r]|, 1e-12). A row of zeros stays, and gets no gradient.
 * @param x [rows, width], float32
 */
export function l2Normalize(x: tf.Tensor2D): tf.Tensor2D {
  require(x.rank === 2 && x.dtype === 'float32', 'ERR_SHAPE', () =>
    `l2Normalize: want float32 [rows, width], got ${x.dtype} [${x.shape}]`);
  const [rows, width] = x.shape;
  const backend = cohearBackend();
  if (backend === null || width === 0) {
    return tf.tidy(() => tf.div(x, tf.maximum(tf.norm(x, 2, 1, true), EPSILON)));
  }
  const op = tf.customGrad((input, save) => {
    const out = backend.pool.float32(rows * width);
    const norms = backend.pool.float32(rows);
    addon.normalizeRows(backend.floats(input as tf.Tensor)!, width, EPSILON, out, norms);
    const y = tensorOf(backend, [rows, width], out);
    (save as tf.GradSaveFunc)([y, tensorOf(backend, [rows], norms)]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, [saved, lengths]: tf.Tensor[]) => {
        const dx = backend.pool.float32(rows * width);
        const [s, d, n] = [backend.floats(saved!)!, backend.floats(dy)!, backend.floats(lengths!)!];
        addon.normalizeRowsGradient(s, d, n, width, EPSILON, dx);
        return tensorOf(backend, [rows, width], dx);
      },
    };
  });
  return op(x) as tf.Tensor2D;
}
