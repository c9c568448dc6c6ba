import * as tf from '@tensorflow/tfjs-core';
import type { SampledSoftmaxOptions } from './sampled-softmax.js';

/** Added to the logit of a candidate that is left out: beyond what float32 keeps of any other in a sum of exp. */
const MASKED = -1e9;

/**
 * sampledSoftmaxLoss from plain tfjs operations, for any backend and as the reference of the tests: the logits of
 * the whole batch are made, so memory is O(batch²).
 */
export function composedSampledSoftmaxLoss(
  user: tf.Tensor2D,
  item: tf.Tensor2D,
  { itemIds, logQ, temperature = 1, itemBias, weights, positives, negatives }: SampledSoftmaxOptions,
): tf.Scalar {
  const batch = user.shape[0];
  const ids = [...itemIds, ...(negatives?.ids ?? [])];
  return tf.tidy(() => {
    const candidates = negatives ? (tf.concat([item, negatives.items]) as tf.Tensor2D) : item;
    let logits = tf.div(tf.matMul(user, candidates, false, true), temperature);
    if (itemBias) logits = tf.add(logits, negatives ? tf.concat([itemBias, negatives.bias!]) : itemBias);
    if (logQ || negatives?.logQ) {
      const q = new Float32Array(ids.length);
      q.set(logQ ?? []);
      q.set(negatives?.logQ ?? [], batch);
      logits = tf.sub(logits, tf.tensor1d(q));
    }
    const mask = new Float32Array(batch * ids.length);
    for (let r = 0; r < batch; r++) {
      const taken = positives?.indices.subarray(
        Number(positives.offsets[r]),
        Number(positives.offsets[r + 1]),
      );
      const hits = new Set([itemIds[r]!, ...(taken ?? [])]);
      for (const [c, id] of ids.entries()) if (c !== r && hits.has(id)) mask[r * ids.length + c] = MASKED;
    }
    logits = tf.add(logits, tf.tensor2d(mask, [batch, ids.length]));
    const own = tf.sum(tf.mul(logits, tf.eye(batch, ids.length)), 1);
    const loss = tf.sub(tf.logSumExp(logits, 1), own);
    if (!weights) return tf.mean(loss) as tf.Scalar;
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return tf.div(tf.sum(tf.mul(loss, tf.tensor1d(weights))), total) as tf.Scalar;
  });
}
