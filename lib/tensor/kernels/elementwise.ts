import * as tf from '@tensorflow/tfjs-core';
import { addon } from '../../native/index.js';
import type { CohearBackend, Numbers } from '../backend.js';
import { type KernelArguments, registerNative } from './kernel.js';

/** In the order of native/tensor/elementwise.h, here and below; the first INTEGERS are for int32, too. */
const BINARY = [
  tf.Add,
  tf.Sub,
  tf.Multiply,
  tf.Maximum,
  tf.Minimum,
  tf.SquaredDifference,
  tf.RealDiv,
  tf.Pow,
  tf.Prelu,
  tf.EluGrad,
];
const INTEGERS = 5;
const COMPARISONS = [tf.Greater, tf.GreaterEqual, tf.Less, tf.LessEqual, tf.Equal, tf.NotEqual];
const UNARY = [
  tf.Relu,
  tf.Step,
  tf.Exp,
  tf.Log,
  tf.Sqrt,
  tf.Rsqrt,
  tf.Square,
  tf.Neg,
  tf.Abs,
  tf.Sigmoid,
  tf.Tanh,
  tf.Elu,
  tf.Softplus,
  tf.LeakyRelu,
  tf.Relu6,
  tf.ClipByValue,
  tf.Reciprocal,
  tf.Floor,
  tf.Ceil,
  tf.Round,
  tf.Sin,
  tf.Cos,
  tf.Expm1,
  tf.Log1p,
  tf.Erf,
];
/** What other kernels call their operands. */
const OPERANDS: Readonly<Record<string, readonly [string, string]>> = {
  [tf.Prelu]: ['x', 'alpha'],
  [tf.EluGrad]: ['dy', 'y'],
};

const sizeOf = tf.util.sizeFromShape;

export interface Broadcast {
  readonly shape: number[];
  /** Size, step in a and step in b of each axis: what the native loops read. */
  readonly axes: Float64Array;
}

/** How two operands lie over their broadcast shape; null when they do not fit. */
export function broadcast(a: readonly number[], b: readonly number[]): Broadcast | null {
  const rank = Math.max(a.length, b.length);
  const shape = new Array<number>(rank);
  const axes = new Float64Array(rank * 3);
  for (let i = 1, stepA = 1, stepB = 1; i <= rank; i++) {
    const [x, y] = [a[a.length - i] ?? 1, b[b.length - i] ?? 1];
    if (x !== y && x !== 1 && y !== 1) return null;
    const axis = rank - i;
    shape[axis] = x === 1 ? y : x;
    axes[axis * 3] = shape[axis]!;
    axes[axis * 3 + 1] = x === 1 ? 0 : stepA;
    axes[axis * 3 + 2] = y === 1 ? 0 : stepB;
    stepA *= x;
    stepB *= y;
  }
  return { shape, axes };
}

/** Both operands' values where they are of one type that the loops know: f32, or int32 if it may be. */
function operands(
  backend: CohearBackend,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  integers: boolean,
): [Numbers, Numbers] | null {
  const values =
    a.dtype === 'float32' || !integers
      ? ([backend.floats(a), backend.floats(b)] as const)
      : ([backend.integers(a), backend.integers(b)] as const);
  return values[0] && values[1] && [values[0], values[1]];
}

for (const [op, kernelName] of [...BINARY, ...COMPARISONS].entries()) {
  const compares = op >= BINARY.length;
  const [first, second] = OPERANDS[kernelName] ?? ['a', 'b'];
  registerNative(kernelName, ({ inputs, backend }: KernelArguments) => {
    const [a, b] = [inputs[first]!, inputs[second]!];
    const plan = broadcast(a.shape, b.shape);
    if (!plan) return null;
    const later = compares ? null : backend.fusion.binary(op, a, b, plan.shape);
    if (later) return later;
    const values = operands(backend, a, b, compares || op < INTEGERS);
    if (!values) return null;
    const size = sizeOf(plan.shape);
    const out = compares ? new Uint8Array(size) : backend.like(values[0], size);
    addon.binary(op, values[0], values[1], plan.axes, out);
    return backend.makeTensorInfo(plan.shape, compares ? 'bool' : a.dtype, out);
  });
}

for (const [op, kernelName] of UNARY.entries()) {
  registerNative(kernelName, ({ inputs, attrs, backend }: KernelArguments) => {
    const x = inputs.x!;
    const alpha = Number(attrs?.alpha ?? attrs?.clipValueMin ?? 0);
    const beta = Number(attrs?.clipValueMax ?? 0);
    const later = backend.fusion.unary(op, x, alpha, beta);
    if (later) return later;
    const values = backend.floats(x);
    if (values === null) return null;
    const out = backend.pool.float32(values.length);
    addon.unary(op, values, alpha, beta, out);
    return backend.output(x.shape, out);
  });
}

registerNative(tf.Select, ({ inputs, backend }: KernelArguments) => {
  const [condition, t, e] = [inputs.condition!, inputs.t!, inputs.e!];
  const [flags, a, b] = [condition, t, e].map((tensor) => backend.numbers(tensor));
  const fits =
    flags instanceof Uint8Array &&
    a &&
    b &&
    a.constructor === b.constructor &&
    !(a instanceof Uint8Array) &&
    t.dtype === e.dtype &&
    flags.length === a.length &&
    a.length === b.length;
  if (!fits) return null;
  const out = backend.like(a, a.length);
  addon.select(flags, a, b, out);
  return backend.makeTensorInfo(t.shape, t.dtype, out);
});

const ARRAYS: Readonly<Record<string, new (length: number) => Numbers>> = {
  float32: Float32Array,
  int32: Int32Array,
  bool: Uint8Array,
};

registerNative(tf.Cast, ({ inputs, attrs, backend }: KernelArguments) => {
  const x = inputs.x!;
  const dtype = attrs.dtype as 'float32' | 'int32' | 'bool';
  // Without a change of type the inherited kernel shares the memory.
  const declared = ARRAYS[x.dtype];
  if (x.dtype === dtype || !ARRAYS[dtype] || declared === undefined) return null;
  const values = backend.numbers(x);
  if (!values || values.constructor !== declared) return null;
  const size = values.length;
  const out =
    dtype === 'bool'
      ? new Uint8Array(size)
      : dtype === 'int32'
        ? backend.pool.int32(size)
        : backend.pool.float32(size);
  addon.cast(values, out);
  return backend.makeTensorInfo(x.shape, dtype, out);
});

// (x - mean) / sqrt(variance + epsilon) * scale + offset, with one number of each for every column.
registerNative(tf.FusedBatchNorm, ({ inputs, attrs, backend }: KernelArguments) => {
  const x = inputs.x!;
  const columns = x.shape.at(-1) ?? 0;
  const values = backend.floats(x);
  const vector = (tensor: tf.TensorInfo | undefined, otherwise: number) =>
    tensor === undefined ? new Float32Array(columns).fill(otherwise) : backend.floats(tensor);
  const [mean, variance] = [vector(inputs.mean, 0), vector(inputs.variance, 1)];
  const [scale, offset] = [vector(inputs.scale, 1), vector(inputs.offset, 0)];
  if (!values || columns === 0 || [mean, variance, scale, offset].some((v) => v?.length !== columns))
    return null;
  const epsilon = Number(attrs.varianceEpsilon ?? 0.001);
  const factor = Float32Array.from(scale!, (s, c) => s / Math.sqrt(variance![c]! + epsilon));
  const shift = Float32Array.from(offset!, (o, c) => o - mean![c]! * factor[c]!);
  const out = backend.pool.float32(values.length);
  addon.scaleShiftRows(values, factor, shift, out);
  return backend.output(x.shape, out);
});
