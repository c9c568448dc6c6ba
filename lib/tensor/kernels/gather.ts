import * as tf from '@tensorflow/tfjs-core';
import { addon } from '../../native/index.js';
import { type KernelArguments, registerNative } from './kernel.js';

const sizeOf = tf.util.sizeFromShape;

registerNative(tf.GatherV2, ({ inputs, attrs, backend }: KernelArguments) => {
  const [x, indices] = [inputs.x!, inputs.indices!];
  const values = backend.numbers(x);
  const rows = backend.integers(indices);
  if (values === null || rows === null || attrs.batchDims || x.shape.length === 0) return null;
  const axis = tf.util.parseAxisParam(attrs.axis as number, x.shape)[0]!;
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const shape = [...before, ...indices.shape, ...after];
  const out = backend.like(values, sizeOf(shape));
  // The inherited kernel words the error of an index outside x.
  if (!addon.gatherRows(values, sizeOf(before), x.shape[axis]!, sizeOf(after), rows, out)) return null;
  return backend.makeTensorInfo(shape, x.dtype, out);
});

registerNative(tf.UnsortedSegmentSum, ({ inputs, attrs, backend }: KernelArguments) => {
  const [x, ids] = [inputs.x!, inputs.segmentIds!];
  const values = backend.floats(x);
  const segments = backend.integers(ids);
  if (values === null || segments === null || ids.shape.length !== 1 || x.shape[0] !== ids.shape[0])
    return null;
  const count = attrs.numSegments as number;
  const width = sizeOf(x.shape.slice(1));
  const out = backend.pool.float32(count * width);
  addon.segmentSum(values, width, segments, count, out);
  return backend.output([count, ...x.shape.slice(1)], out);
});

/** Rows of a matrix for index vectors of `rank` numbers each, by the step of each number. */
function rowsOf(indices: Int32Array, rank: number, strides: readonly number[]): Int32Array {
  const rows = new Int32Array(rank === 0 ? 0 : indices.length / rank);
  for (let i = 0, at = 0; i < rows.length; i++)
    for (let axis = 0; axis < rank; axis++, at++) rows[i] = rows[i]! + indices[at]! * strides[axis]!;
  return rows;
}

registerNative(tf.GatherNd, ({ inputs, backend }: KernelArguments) => {
  const [x, indices] = [inputs.params!, inputs.indices!];
  const [values, vectors] = [backend.numbers(x), backend.integers(indices)];
  const rank = indices.shape.at(-1) ?? 0;
  if (values === null || vectors === null || rank === 0 || vectors.length === 0) return null;
  const [shape, , width, strides] = tf.backend_util.prepareAndValidate(x as tf.Tensor, indices as tf.Tensor);
  const out = backend.like(values, sizeOf(shape));
  // The inherited kernel words the error of an index outside x.
  if (!addon.gatherRows(values, 1, values.length / width, width, rowsOf(vectors, rank, strides), out))
    return null;
  return backend.makeTensorInfo(shape, x.dtype, out);
});

registerNative(tf.ScatterNd, ({ inputs, attrs, backend }: KernelArguments) => {
  const [indices, updates] = [inputs.indices!, inputs.updates!];
  const [values, vectors] = [backend.floats(updates), backend.integers(indices)];
  const shape = attrs.shape as number[];
  if (values === null || vectors === null || updates.shape.length === 0 || values.length === 0) return null;
  const { sliceRank, sliceSize, strides, outputSize } = tf.backend_util.calculateShapes(
    updates,
    indices,
    shape,
  );
  const [rows, count] = [rowsOf(vectors, sliceRank, strides), outputSize / sliceSize];
  if (rows.length * sliceSize !== values.length || rows.some((row) => row < 0 || row >= count)) return null;
  const out = backend.pool.float32(outputSize);
  addon.segmentSum(values, sliceSize, rows, count, out);
  return backend.output(shape, out);
});

registerNative(tf.OneHot, ({ inputs, attrs, backend }: KernelArguments) => {
  const indices = inputs.indices!;
  const at = backend.integers(indices);
  const { depth, onValue, offValue, dtype } = attrs as unknown as tf.OneHotAttrs;
  if (at === null || (dtype !== 'float32' && dtype !== 'int32')) return null;
  const size = at.length * depth;
  const out = dtype === 'int32' ? backend.pool.int32(size) : backend.pool.float32(size);
  out.fill(offValue);
  for (let i = 0; i < at.length; i++) {
    const index = at[i]!;
    if (index >= 0 && index < depth) out[i * depth + index] = onValue;
  }
  return backend.output([...indices.shape, depth], out);
});
