import * as tf from '@tensorflow/tfjs-core';
import { addon } from '../../native/index.js';
import type { CohearBackend } from '../backend.js';
import { Reduction } from '../pending.js';
import { type KernelArguments, registerNative } from './kernel.js';
import { transposed } from './layout.js';

/** The numbers of native/node/tensor_kernels.cc. */
const KINDS = { sumRows: 0, sumColumns: 1, max: 2, min: 3, product: 4, softmax: 5 };

const sizeOf = tf.util.sizeFromShape;

/** A matrix whose rows (last) or columns are to be reduced, and the shape of the result. */
interface Sides<T extends Float32Array | Int32Array> {
  /** The matrix. */
  readonly x: tf.TensorInfo;
  /** Computes what is pending. */
  values(): T;
  readonly last: boolean;
  readonly rows: number;
  readonly columns: number;
  readonly shape: number[];
  /** Gives back what was made on the way. */
  done(): void;
}

/**
 * A reduction seen over a matrix: of its rows, or (where that may be) of its columns, after a transposition where the
 * axes lie otherwise. Null for what is empty or not f32.
 */
function sidesOf(
  backend: CohearBackend,
  x: tf.TensorInfo,
  axis: unknown,
  keepDims: unknown,
  firstMay: boolean,
): Sides<Float32Array> | null {
  if (!backend.holdsFloats(x)) return null;
  return sidesBy(backend, x, { axis, keepDims, firstMay, read: (of) => backend.floats(of)! });
}

interface SidesOptions<T> {
  readonly axis: unknown;
  readonly keepDims: unknown;
  /** Whether columns may be reduced where they lie. */
  readonly firstMay: boolean;
  readonly read: (of: tf.TensorInfo) => T;
}

function sidesBy<T extends Float32Array | Int32Array>(
  backend: CohearBackend,
  x: tf.TensorInfo,
  { axis, keepDims, firstMay, read }: SidesOptions<T>,
): Sides<T> | null {
  const size = sizeOf(x.shape);
  if (size === 0) return null;
  const axes = tf.util.parseAxisParam(axis as number | number[], x.shape).toSorted((a, b) => a - b);
  const rank = x.shape.length;
  const reduced = (i: number) => axes.includes(i);
  const shape = keepDims
    ? x.shape.map((side, i) => (reduced(i) ? 1 : side))
    : x.shape.filter((_, i) => !reduced(i));
  const consecutive = axes.every((value, i) => value === axes[0]! + i);
  const last = axes.length === 0 || (consecutive && axes.at(-1) === rank - 1);
  const columnsOf = () => sizeOf(axes.map((i) => x.shape[i]!));
  if (last || (firstMay && consecutive && axes[0] === 0)) {
    const count = columnsOf();
    const [rows, columns] = last ? [size / count, count] : [count, size / count];
    return { x, values: () => read(x), last, rows, columns, shape, done: () => {} };
  }
  const order = [...x.shape.keys()];
  const moved = transposed(backend, x, read(x), [...order.filter((i) => !reduced(i)), ...axes]);
  const columns = columnsOf();
  return {
    x: moved,
    values: () => read(moved),
    last: true,
    rows: size / columns,
    columns,
    shape,
    done: () => backend.disposeIntermediateTensorInfo(moved),
  };
}

/** A reduction of int32 to int32; null for another type, and for what is empty. */
function ofIntegers(
  { inputs, attrs, backend }: KernelArguments,
  kind: number,
  axis: unknown,
): tf.TensorInfo | null {
  const x = inputs.x!;
  if (backend.integers(x) === null) return null;
  const { keepDims } = attrs;
  const read = (of: tf.TensorInfo) => backend.integers(of)!;
  const sides = sidesBy(backend, x, { axis, keepDims, firstMay: false, read });
  if (!sides) return null;
  const out = backend.pool.int32(sides.rows);
  addon.reduce(kind, sides.values(), sides.columns, 1, out);
  sides.done();
  return backend.output(sides.shape, out);
}

/** What fusion computes later; the sides are then done with. */
function later(backend: CohearBackend, op: Reduction, sides: Sides<Float32Array>): tf.TensorInfo | null {
  const pending = sides.last ? backend.fusion.reduce(op, sides.x, sides.columns, sides.shape) : null;
  if (pending) sides.done();
  return pending;
}

function sum({ inputs, attrs, backend }: KernelArguments, mean: boolean): tf.TensorInfo | null {
  const sides = sidesOf(backend, inputs.x!, attrs.axis, attrs.keepDims, true);
  if (!sides) return null;
  const pending = later(backend, mean ? Reduction.Mean : Reduction.Sum, sides);
  if (pending) return pending;
  const { x, values, last, rows, columns, shape } = sides;
  const out = backend.pool.float32(last ? rows : columns);
  const scale = mean ? 1 / (last ? columns : rows) : 1;
  const whole = last && rows === 1 ? backend.fusion.sum(x, scale) : null;
  if (whole !== null) out[0] = whole;
  else addon.reduce(last ? KINDS.sumRows : KINDS.sumColumns, values(), columns, scale, out);
  sides.done();
  return backend.output(shape, out);
}

registerNative(tf.Sum, (call) => sum(call, false) ?? ofIntegers(call, KINDS.sumRows, call.attrs.axis));
registerNative(tf.Mean, (call) => sum(call, true));

for (const [kernelName, kind] of [
  [tf.Max, KINDS.max],
  [tf.Min, KINDS.min],
  [tf.Prod, KINDS.product],
] as const) {
  registerNative(kernelName, (call) => {
    const { inputs, attrs, backend } = call;
    const axis = attrs.reductionIndices ?? attrs.axis;
    const sides = sidesOf(backend, inputs.x!, axis, attrs.keepDims, false);
    if (!sides) return ofIntegers(call, kind, axis);
    const pending = kind === KINDS.max ? later(backend, Reduction.Max, sides) : null;
    if (pending) return pending;
    const out = backend.pool.float32(sides.rows);
    addon.reduce(kind, sides.values(), sides.columns, 1, out);
    sides.done();
    return backend.output(sides.shape, out);
  });
}

for (const [kernelName, least] of [
  [tf.ArgMax, false],
  [tf.ArgMin, true],
] as const) {
  registerNative(kernelName, ({ inputs, attrs, backend }: KernelArguments) => {
    const sides = sidesOf(backend, inputs.x!, attrs.axis, false, false);
    if (!sides) return null;
    const out = backend.pool.int32(sides.rows);
    addon.argBest(sides.values(), sides.columns, least, out);
    sides.done();
    return backend.output(sides.shape, out);
  });
}

registerNative(tf.Softmax, ({ inputs, attrs, backend }: KernelArguments) => {
  const logits = inputs.logits!;
  const values = backend.floats(logits);
  const rank = logits.shape.length;
  const dim = attrs.dim as number;
  if (!values || rank === 0 || values.length === 0 || (dim !== -1 && dim !== rank - 1)) return null;
  const out = backend.pool.float32(values.length);
  addon.reduce(KINDS.softmax, values, logits.shape[rank - 1]!, 1, out);
  return backend.output(logits.shape, out);
});

registerNative(tf.Cumsum, ({ inputs, attrs, backend }: KernelArguments) => {
  const x = inputs.x!;
  const values = backend.floats(x);
  const rank = x.shape.length;
  if (!values || values.length === 0 || rank === 0) return null;
  const axis = tf.util.parseAxisParam(attrs.axis as number, x.shape)[0]!;
  const along = (of: tf.TensorInfo): tf.TensorInfo => {
    const out = backend.pool.float32(values.length);
    const columns = of.shape.at(-1)!;
    addon.cumulativeSum(backend.floats(of)!, columns, Boolean(attrs.exclusive), Boolean(attrs.reverse), out);
    return backend.output(of.shape, out);
  };
  if (axis === rank - 1) return along(x);
  // The axis goes last and comes back.
  const order = [...x.shape.keys()].toSpliced(axis, 1).concat(axis);
  const back = [...x.shape.keys()].map((i) => order.indexOf(i));
  const moved = transposed(backend, x, values, order);
  const sums = along(moved);
  const result = transposed(backend, sums, backend.floats(sums)!, back);
  for (const made of [moved, sums]) backend.disposeIntermediateTensorInfo(made);
  return result;
});

registerNative(tf.TopK, ({ inputs, attrs, backend }: KernelArguments) => {
  const x = inputs.x!;
  const values = backend.floats(x);
  const columns = x.shape.at(-1)!;
  const k = attrs.k as number;
  if (!values || values.length === 0 || k > columns) return null;
  const shape = [...x.shape.slice(0, -1), k];
  const [best, indices] = [backend.pool.float32(sizeOf(shape)), backend.pool.int32(sizeOf(shape))];
  addon.topKOfRows(values, columns, k, best, indices);
  return [backend.output(shape, best), backend.output(shape, indices)];
});
