import * as tf from '@tensorflow/tfjs-core';
import { addon } from '../../native/index.js';
import type { CohearBackend } from '../backend.js';
import { type KernelArguments, registerNative } from './kernel.js';

/** The numbers of native/tensor/dense.h. */
export const ACTIVATIONS: Readonly<Record<string, number>> = {
  linear: 0,
  relu: 1,
  relu6: 2,
  sigmoid: 3,
  elu: 4,
  leakyrelu: 5,
};

export interface MatMulOptions {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly bias?: tf.TensorInfo | undefined;
  readonly activation?: string | undefined;
  readonly leak?: number | undefined;
}

/** activation(op(a) op(b) + bias) over the last two axes, or null when this is not a case for the native kernel. */
export function matMul(
  backend: CohearBackend,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  { transposeA, transposeB, bias, activation = 'linear', leak = 0.2 }: MatMulOptions,
): tf.TensorInfo | null {
  const aValues = backend.floats(a);
  const bValues = backend.floats(b);
  const code = ACTIVATIONS[activation];
  if (aValues === null || bValues === null || code === undefined) return null;
  const rank = a.shape.length;
  if (rank !== b.shape.length || rank < 2) return null;
  const [a0, a1] = [a.shape[rank - 2]!, a.shape[rank - 1]!];
  const [b0, b1] = [b.shape[rank - 2]!, b.shape[rank - 1]!];
  const [m, k] = transposeA ? [a1, a0] : [a0, a1];
  const [k2, n] = transposeB ? [b1, b0] : [b0, b1];
  let batchA = 1;
  let batchB = 1;
  for (let axis = 0; axis < rank - 2; axis++) {
    batchA *= a.shape[axis]!;
    batchB *= b.shape[axis]!;
    if (a.shape[axis] !== b.shape[axis] && rank > 3) return null;
  }
  // The inherited kernel words the errors of shapes that do not fit.
  if (k !== k2 || (batchA !== batchB && batchA !== 1 && batchB !== 1)) return null;
  let biasValues: Float32Array | null = null;
  if (bias) {
    biasValues = backend.floats(bias);
    if (biasValues === null || biasValues.length !== n || bias.shape.at(-1) !== n) return null;
  }
  const outer = batchA >= batchB ? a.shape.slice(0, -2) : b.shape.slice(0, -2);
  const out = backend.pool.float32(Math.max(batchA, batchB) * m * n);
  const shape = Uint32Array.of(m, n, k, Number(transposeA), Number(transposeB), batchA, batchB, code, 0);
  addon.matMul(aValues, bValues, out, biasValues, shape, leak);
  return backend.output([...outer, m, n], out);
}

registerNative(tf.BatchMatMul, ({ inputs, attrs, backend }: KernelArguments) =>
  matMul(backend, inputs.a!, inputs.b!, {
    transposeA: Boolean(attrs.transposeA),
    transposeB: Boolean(attrs.transposeB),
  }),
);

registerNative(tf._FusedMatMul, ({ inputs, attrs, backend }: KernelArguments) =>
  matMul(backend, inputs.a!, inputs.b!, {
    transposeA: Boolean(attrs.transposeA),
    transposeB: Boolean(attrs.transposeB),
    bias: inputs.bias,
    activation: attrs.activation as string | undefined,
    leak: attrs.leakyreluAlpha as number | undefined,
  }),
);
