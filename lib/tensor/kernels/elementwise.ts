import * as tf from '@tensorflow/tfjs-core';
import { addon } from '../../native/index.js';
import { type KernelArguments, registerNative } from './kernel.js';

/** In the order of native/tensor/elementwise.h, here and below. */
const BINARY = [tf.Add, tf.Sub, tf.Multiply, tf.RealDiv, tf.Maximum, tf.Minimum, tf.SquaredDifference];
const UNARY = [tf.Relu, tf.Step, tf.Exp, tf.Log, tf.Sqrt, tf.Rsqrt, tf.Square, tf.Neg, tf.Abs, tf.Sigmoid];
const SPREADS = { full: 0, row: 1, column: 2, scalar: 3 };

export interface BroadcastPlan {
  readonly shape: number[];
  readonly rows: number;
  readonly columns: number;
  readonly a: number;
  readonly b: number;
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, side) => product * side, 1);

/**
 * How two operands lie over their broadcast shape, seen as a matrix: the same shape, a scalar, one row for all rows
 * ([..., n] with [n]), one column for all columns ([..., n] with [..., 1]). Null for what is none of these.
 */
export function broadcastPlan(a: readonly number[], b: readonly number[]): BroadcastPlan | null {
  const rank = Math.max(a.length, b.length);
  const sideOf = (shape: readonly number[], axis: number) => shape[axis - rank + shape.length] ?? 1;
  const shape: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const [x, y] = [sideOf(a, axis), sideOf(b, axis)];
    if (x !== y && x !== 1 && y !== 1) return null;
    shape.push(x === 1 ? y : x);
  }
  const size = sizeOf(shape);
  const small = sizeOf(a) < size ? a : b;
  let split = rank;
  if (sizeOf(small) < size && sizeOf(small) > 1) {
    // The axis where the smaller operand begins (a row) or ends (a column).
    const axes = shape
      .map((side, axis) => ({ axis, full: sideOf(small, axis) === side }))
      .filter(({ axis }) => shape[axis] !== 1);
    const first = axes.find(({ full }) => full)!.axis;
    const last = axes.findLast(({ full }) => full)!.axis;
    split = axes.at(-1)!.full ? first : last + 1;
  }
  const rows = sizeOf(shape.slice(0, split));
  const columns = sizeOf(shape.slice(split));
  const spreadOf = (operand: readonly number[]): number | null => {
    const count = sizeOf(operand);
    if (count === size) return SPREADS.full;
    if (count === 1) return SPREADS.scalar;
    const covers = (from: number, to: number) =>
      shape.every((side, axis) => sideOf(operand, axis) === (axis >= from && axis < to ? side : 1));
    if (count === columns && covers(split, rank)) return SPREADS.row;
    return count === rows && covers(0, split) ? SPREADS.column : null;
  };
  const [spreadA, spreadB] = [spreadOf(a), spreadOf(b)];
  return spreadA === null || spreadB === null ? null : { shape, rows, columns, a: spreadA, b: spreadB };
}

for (const [op, kernelName] of BINARY.entries()) {
  registerNative(kernelName, ({ inputs, backend }: KernelArguments) => {
    const [a, b] = [inputs.a!, inputs.b!];
    const [aValues, bValues] = [backend.floats(a), backend.floats(b)];
    if (aValues === null || bValues === null) return null;
    const plan = broadcastPlan(a.shape, b.shape);
    if (plan === null) return null;
    const out = backend.pool.float32(plan.rows * plan.columns);
    addon.binary(op, aValues, plan.a, bValues, plan.b, plan.rows, plan.columns, out);
    return backend.output(plan.shape, out);
  });
}

for (const [op, kernelName] of UNARY.entries()) {
  registerNative(kernelName, ({ inputs, attrs, backend }: KernelArguments) => {
    const x = inputs.x!;
    const values = backend.floats(x);
    if (values === null) return null;
    const out = backend.pool.float32(values.length);
    addon.unary(op, values, Number(attrs?.alpha ?? 0), out);
    return backend.output(x.shape, out);
  });
}
