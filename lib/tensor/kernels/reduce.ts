import * as tf from '@tensorflow/tfjs-core';
import { addon } from '../../native/index.js';
import type { CohearBackend } from '../backend.js';
import { type KernelArguments, registerNative } from './kernel.js';

const KINDS = { sumRows: 0, sumColumns: 1, maxRows: 2, softmaxRows: 3 };

interface Sides {
  /** Whether the axes reduced are the last ones (each row to a number) or the first (each column). */
  readonly last: boolean;
  readonly rows: number;
  readonly columns: number;
  readonly shape: number[];
}

/** The reduction seen over a matrix, or null when its axes are neither the last ones nor the first. */
function sidesOf(x: tf.TensorInfo, axis: unknown, keepDims: unknown): Sides | null {
  const axes = tf.util.parseAxisParam(axis as number | number[], x.shape).toSorted((a, b) => a - b);
  const rank = x.shape.length;
  const count = axes.length;
  const consecutive = axes.every((value, i) => value === axes[0]! + i);
  const last = count === 0 || axes[count - 1] === rank - 1;
  if (!consecutive || !(last || axes[0] === 0)) return null;
  const split = last ? rank - count : count;
  const shape = keepDims
    ? x.shape.map((side, i) => (axes.includes(i) ? 1 : side))
    : x.shape.filter((_, i) => !axes.includes(i));
  const [rows, columns] = [x.shape.slice(0, split), x.shape.slice(split)].map(tf.util.sizeFromShape) as [
    number,
    number,
  ];
  return rows * columns === 0 ? null : { last, rows, columns, shape };
}

function sum({ inputs, attrs, backend }: KernelArguments, mean: boolean): tf.TensorInfo | null {
  const x = inputs.x!;
  const values = backend.floats(x);
  const sides = values && sidesOf(x, attrs.axis, attrs.keepDims);
  if (!sides) return null;
  const { last, rows, columns, shape } = sides;
  const out = backend.pool.float32(last ? rows : columns);
  const scale = mean ? 1 / (last ? columns : rows) : 1;
  addon.reduce(last ? KINDS.sumRows : KINDS.sumColumns, values, columns, scale, out);
  return backend.output(shape, out);
}

registerNative(tf.Sum, (call) => sum(call, false));
registerNative(tf.Mean, (call) => sum(call, true));

registerNative(tf.Max, ({ inputs, attrs, backend }: KernelArguments) => {
  const values = backend.floats(inputs.x!);
  const sides = values && sidesOf(inputs.x!, attrs.reductionIndices, attrs.keepDims);
  if (!sides?.last) return null;
  const out = backend.pool.float32(sides.rows);
  addon.reduce(KINDS.maxRows, values!, sides.columns, 1, out);
  return backend.output(sides.shape, out);
});

registerNative(tf.Softmax, ({ inputs, attrs, backend }: KernelArguments) => {
  const logits = inputs.logits!;
  const values = backend.floats(logits);
  const rank = logits.shape.length;
  const dim = attrs.dim as number;
  if (values === null || rank === 0 || values.length === 0 || (dim !== -1 && dim !== rank - 1)) return null;
  return rowwise(backend, logits, values, logits.shape[rank - 1]!);
});

function rowwise(
  backend: CohearBackend,
  x: tf.TensorInfo,
  values: Float32Array,
  columns: number,
): tf.TensorInfo {
  const out = backend.pool.float32(values.length);
  addon.reduce(KINDS.softmaxRows, values, columns, 1, out);
  return backend.output(x.shape, out);
}
