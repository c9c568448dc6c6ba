import * as tf from '@tensorflow/tfjs-core';

/**
 * Equation (5) of arXiv 2403.05185 as it is printed, without margin, softmax or temperature:
 *
 *     loss = Σ_r w_r · mean over candidates j of (u_r·v_j − u_r·i_r) / Σ_r w_r
 *
 * which is Σ_r w_r u_r·(mean_j v_j − i_r) / Σ_r w_r: the candidates enter by their mean alone.
 * @param users [batch, width]
 * @param positives the item of each row, [batch, width]
 * @param candidates the batch's items and whatever was drawn besides, [any, width]
 * @param weights of each row
 */
export function literalLoss(
  users: tf.Tensor2D,
  positives: tf.Tensor2D,
  candidates: tf.Tensor2D,
  weights: Float32Array,
): tf.Scalar {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const differences = tf.sum(tf.mul(users, tf.sub(tf.mean(candidates, 0, true), positives)), 1);
  return tf.div(tf.sum(tf.mul(differences, tf.tensor1d(weights))), total) as tf.Scalar;
}
