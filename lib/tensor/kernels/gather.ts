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
