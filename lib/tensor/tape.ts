import * as tf from '@tensorflow/tfjs-core';
import type { CohearBackend } from './backend.js';

/** Whether operations are being recorded for a gradient; without, an op may skip what only its gradient needs. */
export function recording(): boolean {
  return (tf.engine() as unknown as { isTapeOn(): boolean }).isTapeOn();
}

/** A tensor over an array from the backend's pool (or any array that no one else holds). */
export function tensorOf<T extends tf.Tensor>(
  backend: CohearBackend,
  shape: number[],
  values: Float32Array | Int32Array,
): T {
  return tf.engine().makeTensorFromTensorInfo(backend.output(shape, values)) as T;
}

/** gradient * dy for a scalar dy, without the product in the usual case of dy = 1. A new tensor. */
export function scaled(backend: CohearBackend, gradient: tf.Tensor, dy: tf.Tensor): tf.Tensor {
  return backend.floats(dy)?.[0] === 1 ? tf.clone(gradient) : tf.mul(gradient, dy);
}
