import * as tf from '@tensorflow/tfjs-core';
import { require } from '../errors/index.js';
import { addon } from '../native/index.js';
import { BACKEND, type CohearBackend, cohearBackend } from './backend.js';
import { matMul } from './kernels/mat-mul.js';

const DENSE = 'CohearDense';
const DENSE_GRADIENT = 'CohearDenseGradient';

export type DenseActivation = 'relu' | 'linear';

/**
 * A dense layer in one pass: activation(x W + b).
 * @param x [rows, inputs]
 * @param kernel W, [inputs, outputs]
 * @param bias [outputs], or null for none
 * @returns [rows, outputs]
 * @throws CohearError ERR_SHAPE when the shapes do not fit
 */
export function dense(
  x: tf.Tensor2D,
  kernel: tf.Tensor2D,
  bias: tf.Tensor1D | null = null,
  activation: DenseActivation = 'linear',
): tf.Tensor2D {
  require(x.rank === 2 && kernel.rank === 2 && x.shape[1] === kernel.shape[0], 'ERR_SHAPE', () =>
    `dense: x [${x.shape}] does not fit kernel [${kernel.shape}]; want [rows, n] and [n, outputs]`);
  require(bias === null || (bias.rank === 1 && bias.shape[0] === kernel.shape[1]), 'ERR_SHAPE', () =>
    `dense: bias [${bias?.shape}] does not fit kernel [${kernel.shape}]; want [${kernel.shape[1]}]`);
  if (cohearBackend() === null)
    return tf.fused.matMul({ a: x, b: kernel, ...(bias ? { bias } : {}), activation }) as tf.Tensor2D;
  const inputs = bias ? { x, kernel, bias } : { x, kernel };
  return tf.engine().runKernel(DENSE, inputs, { activation, bias: bias !== null }) as tf.Tensor2D;
}

tf.registerKernel({
  kernelName: DENSE,
  backendName: BACKEND,
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { x, kernel, bias } = inputs;
    const options = { transposeA: false, transposeB: false, bias, activation: attrs?.activation as string };
    const out = matMul(backend as CohearBackend, x!, kernel!, options);
    require(out !== null, 'ERR_DTYPE', 'dense: want float32 tensors');
    return out;
  },
});

// dz = dy where the activation let through, and dbias = its column sums, in one pass over dy.
tf.registerKernel({
  kernelName: DENSE_GRADIENT,
  backendName: BACKEND,
  kernelFunc: ({ inputs, attrs, backend: anyBackend }) => {
    const backend = anyBackend as CohearBackend;
    const { y, dy } = inputs;
    const columns = dy!.shape[1]!;
    const relu = attrs?.activation === 'relu';
    const gradient = backend.floats(dy!)!;
    const dz = relu ? backend.pool.float32(gradient.length) : null;
    const dbias = attrs?.bias ? backend.pool.float32(columns) : null;
    if (columns > 0) addon.denseGradient(relu ? backend.floats(y!) : null, gradient, columns, dz, dbias);
    const outputs: tf.TensorInfo[] = [];
    if (dz) outputs.push(backend.output(dy!.shape, dz));
    if (dbias) outputs.push(backend.output([columns], dbias));
    return outputs;
  },
});

tf.registerGradient({
  kernelName: DENSE,
  inputsToSave: ['x', 'kernel'],
  outputsToSave: [true],
  gradFunc: (dy, saved, attrs) => {
    const [x, kernel, y] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    const relu = attrs.activation === 'relu';
    // Here and not in the thunks below: what a thunk makes is disposed when it returns.
    const parts =
      relu || attrs.bias
        ? (tf.engine().runKernel(DENSE_GRADIENT, { y, dy: dy as tf.Tensor }, attrs) as tf.Tensor[])
        : [];
    const dz = (relu ? parts[0] : dy) as tf.Tensor2D;
    return {
      // Called for inputs on the way from a variable only: a first layer over constants makes no dx.
      x: () => tf.matMul(dz, kernel, false, true),
      kernel: () => tf.matMul(x, dz, true, false),
      bias: () => parts.at(-1)!,
    };
  },
});
