import * as tf from '@tensorflow/tfjs-core';
import { addon } from '../../native/index.js';
import { type KernelArguments, registerNative } from './kernel.js';

const sizeOf = tf.util.sizeFromShape;

registerNative(tf.Transpose, ({ inputs, attrs, backend }: KernelArguments) => {
  const x = inputs.x!;
  const values = backend.floats(x);
  const perm = attrs.perm as number[];
  if (values === null || x.shape.length !== 2 || perm[0] !== 1) return null;
  const [rows, columns] = x.shape as [number, number];
  const out = backend.pool.float32(values.length);
  addon.transpose(values, rows, columns, out);
  return backend.output([columns, rows], out);
});

registerNative(tf.GatherV2, ({ inputs, attrs, backend }: KernelArguments) => {
  const [x, indices] = [inputs.x!, inputs.indices!];
  const values = backend.floats(x);
  const rows = backend.integers(indices);
  const axis = tf.util.parseAxisParam(attrs.axis as number, x.shape)[0];
  if (values === null || rows === null || axis !== 0 || attrs.batchDims || x.shape.length === 0) return null;
  const width = sizeOf(x.shape.slice(1));
  const out = backend.pool.float32(rows.length * width);
  // The inherited kernel words the error of an index outside x.
  if (!addon.gatherRows(values, x.shape[0]!, width, rows, out)) return null;
  return backend.output([...indices.shape, ...x.shape.slice(1)], out);
});

registerNative(tf.Concat, ({ inputs, attrs, backend }: KernelArguments) => {
  const tensors = Object.values(inputs) as tf.TensorInfo[];
  const first = tensors[0]!;
  const rank = first.shape.length;
  const axis = tf.util.parseAxisParam(attrs.axis as number, first.shape)[0]!;
  const parts: Float32Array[] = [];
  for (const { shape, dtype, dataId } of tensors) {
    const values = backend.floats({ shape, dtype, dataId });
    const fits = shape.length === rank && shape.every((side, i) => i === axis || side === first.shape[i]);
    if (!values || values.length === 0 || !fits) return null;
    parts.push(values);
  }
  if (parts.length < 2) return null;
  const rows = sizeOf(first.shape.slice(0, axis));
  const widths = Uint32Array.from(tensors, ({ shape }) => sizeOf(shape.slice(axis)));
  const out = backend.pool.float32(parts.reduce((sum, part) => sum + part.length, 0));
  addon.concatColumns(parts, widths, rows, out);
  const shape = first.shape.slice();
  shape[axis] = tensors.reduce((sum, tensor) => sum + tensor.shape[axis]!, 0);
  return backend.output(shape, out);
});

// Blocks of a matrix that are not whole rows; whole rows are views of the same memory in the inherited kernel.
registerNative(tf.Slice, ({ inputs, attrs, backend }: KernelArguments) => {
  const x = inputs.x!;
  const values = backend.floats(x);
  if (values === null || x.shape.length !== 2) return null;
  const [begin, size] = tf.slice_util.parseSliceParams(
    x as tf.Tensor,
    attrs.begin as number[],
    attrs.size as number[],
  );
  const [[row, column], [rows, columns]] = [begin, size] as [[number, number], [number, number]];
  const [height, width] = x.shape as [number, number];
  const inside =
    row >= 0 && column >= 0 && rows >= 0 && columns >= 0 && row + rows <= height && column + columns <= width;
  if (!inside || columns === width) return null;
  const out = backend.pool.float32(rows * columns);
  addon.copyBlock(values, width, row, rows, column, columns, out);
  return backend.output([rows, columns], out);
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
