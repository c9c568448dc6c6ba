import * as tf from '@tensorflow/tfjs-core';
import { require } from '../errors/index.js';
import { addon } from '../native/index.js';
import { cohearBackend } from './backend.js';
import { tensorOf } from './tape.js';

/**
 * mean over i, j of max(0, z_a · z_n − z_a · z_p + margin), where pair i has anchor row anchors[i], positive row
 * positives[i], and the negative rows negatives[i * count .. (i + 1) * count). The gradient goes to every row of z
 * in a fixed order: the same bits at any number of threads. No pairs give 0.
 * @param z [rows, width]
 * @param negatives a multiple of the number of pairs
 * @returns a scalar
 * @throws CohearError ERR_SHAPE, ERR_RANGE (a position outside z), ERR_VALUE (a margin that is not finite)
 */
export function maxMarginLoss(
  z: tf.Tensor2D,
  anchors: Uint32Array,
  positives: Uint32Array,
  negatives: Uint32Array,
  margin: number,
): tf.Scalar {
  require(z.rank === 2 && z.dtype === 'float32', 'ERR_SHAPE', () =>
    `maxMarginLoss: want z as float32 [rows, width], got ${z.dtype} [${z.shape}]`);
  require(Number.isFinite(margin), 'ERR_VALUE', () =>
    `maxMarginLoss: margin is ${margin}, want a finite number`);
  const backend = cohearBackend();
  if (backend === null) return composedMaxMarginLoss(z, anchors, positives, negatives, margin);
  const [rows, width] = z.shape;
  const op = tf.customGrad((input, save) => {
    const active = new Uint8Array(negatives.length);
    const values = backend.floats(input as tf.Tensor)!;
    const loss = addon.maxMargin(values, rows, width, anchors, positives, negatives, margin, active);
    (save as tf.GradSaveFunc)([input as tf.Tensor]);
    return {
      value: tf.scalar(loss),
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => {
        const dz = backend.pool.float32(rows * width);
        const scale = backend.floats(dy)![0]!;
        const from = backend.floats(saved!)!;
        addon.maxMarginGradient(from, rows, width, anchors, positives, negatives, active, scale, dz);
        return tensorOf(backend, [rows, width], dz);
      },
    };
  });
  return op(z) as tf.Scalar;
}

/**
 * The same from plain tfjs operations, for any backend and as the reference of the tests; and with a weight per pair,
 * at least 0, the weighted mean Σ_i w_i mean_j(...) / Σ_i w_i (0 where all are 0).
 */
export function composedMaxMarginLoss(
  z: tf.Tensor2D,
  anchors: Uint32Array,
  positives: Uint32Array,
  negatives: Uint32Array,
  margin: number,
  weights?: Float32Array,
): tf.Scalar {
  if (anchors.length === 0) return tf.scalar(0);
  const count = negatives.length / anchors.length;
  return tf.tidy(() => {
    const rowsOf = (list: Uint32Array) => tf.gather(z, tf.tensor1d(Array.from(list), 'int32'));
    const anchor = rowsOf(anchors);
    const near = tf.sum(tf.mul(anchor, rowsOf(positives)), 1, true);
    const others = tf.reshape(rowsOf(negatives), [anchors.length, count, z.shape[1]]);
    const far = tf.sum(tf.mul(tf.expandDims(anchor, 1), others), 2);
    const each = tf.relu(tf.add(tf.sub(far, near), margin));
    if (weights === undefined) return tf.mean(each) as tf.Scalar;
    const total = weights.reduce((sum, weight) => sum + weight, 0) || 1;
    return tf.div(tf.sum(tf.mul(tf.mean(each, 1), tf.tensor1d(weights))), total) as tf.Scalar;
  });
}
