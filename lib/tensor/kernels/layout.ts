// Kernels that move elements and change none: each is one strided copy (native/tensor/strided.h).
import * as tf from '@tensorflow/tfjs-core';
import { addon } from '../../native/index.js';
import type { CohearBackend, Numbers } from '../backend.js';
import { type KernelArguments, registerNative } from './kernel.js';

const sizeOf = tf.util.sizeFromShape;

/** Elements from one index of an axis to the next, row-major. */
function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  for (let axis = shape.length - 1, step = 1; axis >= 0; step *= shape[axis]!, axis--) strides[axis] = step;
  return strides;
}

/** Size, step in `from` and step in `to` of each axis, as the native copy reads them. */
const axesOf = (shape: readonly number[], from: readonly number[], to: readonly number[]) =>
  Float64Array.from(shape.flatMap((side, axis) => [side, from[axis]!, to[axis]!]));

interface View {
  /** Element of x where the result's first element lies. */
  readonly start: number;
  readonly shape: readonly number[];
  /** Steps in x along each axis of shape. */
  readonly strides: readonly number[];
}

/** A tensor of what a view of x shows, as `shape` (default the view's own, of as many elements). */
function copyOf(
  backend: CohearBackend,
  x: tf.TensorInfo,
  values: Numbers,
  view: View,
  shape: number[] = view.shape.slice(),
): tf.TensorInfo {
  const out = backend.like(values, sizeOf(shape));
  addon.copyStrided(values, view.start, out, 0, axesOf(view.shape, view.strides, stridesOf(view.shape)));
  return backend.makeTensorInfo(shape, x.dtype, out);
}

/** x with its axes in another order. */
export function transposed(
  backend: CohearBackend,
  x: tf.TensorInfo,
  values: Numbers,
  perm: readonly number[],
): tf.TensorInfo {
  const strides = stridesOf(x.shape);
  return copyOf(backend, x, values, {
    start: 0,
    shape: perm.map((axis) => x.shape[axis]!),
    strides: perm.map((axis) => strides[axis]!),
  });
}

registerNative(tf.Transpose, ({ inputs, attrs, backend }: KernelArguments) => {
  const values = backend.numbers(inputs.x!);
  return values && transposed(backend, inputs.x!, values, attrs.perm as number[]);
});

registerNative(tf.Reverse, ({ inputs, attrs, backend }: KernelArguments) => {
  const x = inputs.x!;
  const values = backend.numbers(x);
  if (values === null || values.length === 0) return null;
  const strides = stridesOf(x.shape);
  let start = 0;
  for (const axis of tf.util.parseAxisParam(attrs.dims as number[], x.shape)) {
    start += (x.shape[axis]! - 1) * strides[axis]!;
    strides[axis] = -strides[axis]!;
  }
  return copyOf(backend, x, values, { start, shape: x.shape, strides });
});

registerNative(tf.Tile, ({ inputs, attrs, backend }: KernelArguments) => {
  const x = inputs.x!;
  const values = backend.numbers(x);
  const reps = attrs.reps as number[];
  if (values === null || reps.length !== x.shape.length || reps.some((rep) => rep < 0)) return null;
  const strides = stridesOf(x.shape);
  const view = {
    start: 0,
    shape: reps.flatMap((rep, axis) => [rep, x.shape[axis]!]),
    strides: reps.flatMap((_, axis) => [0, strides[axis]!]),
  };
  return copyOf(
    backend,
    x,
    values,
    view,
    x.shape.map((side, axis) => side * reps[axis]!),
  );
});

// Slices of whole rows are views of the same memory in the inherited kernel.
registerNative(tf.Slice, ({ inputs, attrs, backend }: KernelArguments) => {
  const x = inputs.x!;
  const values = backend.numbers(x);
  if (values === null || x.shape.length === 0) return null;
  const [begin, size] = tf.slice_util.parseSliceParams(
    x as tf.Tensor,
    attrs.begin as number[],
    attrs.size as number[],
  ) as [number[], number[]];
  const inside = x.shape.every((side, a) => begin[a]! >= 0 && size[a]! >= 0 && begin[a]! + size[a]! <= side);
  if (!inside || tf.slice_util.isSliceContinous(x.shape, begin, size)) return null;
  const strides = stridesOf(x.shape);
  const start = begin.reduce((sum, at, axis) => sum + at * strides[axis]!, 0);
  return copyOf(backend, x, values, { start, shape: size, strides });
});

registerNative(tf.StridedSlice, ({ inputs, attrs, backend }: KernelArguments) => {
  const x = inputs.x!;
  const values = backend.numbers(x);
  const {
    begin,
    end,
    strides: steps,
    beginMask,
    endMask,
    ellipsisMask,
    newAxisMask,
    shrinkAxisMask,
  } = attrs as unknown as tf.StridedSliceAttrs;
  if (values === null || x.shape.length === 0) return null;
  const found = tf.slice_util.sliceInfo(
    ...([x.shape, begin, end, steps, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask] as const),
  );
  // The inherited kernel shares the memory in the simple cases.
  const simple = found.isIdentity || found.sliceDim0 || found.isSimpleSlice;
  if (simple || sizeOf(found.finalShapeSparse) === 0) return null;
  if (found.finalShapeSparse.length !== x.shape.length) return null; // an axis is shrunk
  const strides = stridesOf(x.shape);
  const view = {
    start: found.begin.reduce((sum, at, axis) => sum + at * strides[axis]!, 0),
    shape: found.finalShapeSparse,
    strides: found.strides.map((step, axis) => step * strides[axis]!),
  };
  return copyOf(backend, x, values, view, found.finalShape);
});

registerNative(tf.Unpack, ({ inputs, attrs, backend }: KernelArguments) => {
  const x = inputs.value!;
  const values = backend.numbers(x);
  const axis = tf.util.parseAxisParam(attrs.axis as number, x.shape)[0]!;
  // Along the first axis the parts are views of the same memory in the inherited kernel.
  if (values === null || values.length === 0 || sizeOf(x.shape.slice(0, axis)) <= 1) return null;
  const strides = stridesOf(x.shape);
  const [shape, steps] = [x.shape.toSpliced(axis, 1), strides.toSpliced(axis, 1)];
  return Array.from({ length: x.shape[axis]! }, (_, at) =>
    copyOf(backend, x, values, { start: at * strides[axis]!, shape, strides: steps }),
  );
});

registerNative(tf.SplitV, ({ inputs, attrs, backend }: KernelArguments) => {
  const x = inputs.x!;
  const values = backend.numbers(x);
  const axis = tf.util.parseAxisParam(attrs.axis as number, x.shape)[0]!;
  // Along the first axis the parts are views of the same memory in the inherited kernel.
  if (values === null || sizeOf(x.shape.slice(0, axis)) <= 1) return null;
  const strides = stridesOf(x.shape);
  let at = 0;
  return tf.backend_util
    .prepareSplitSize(x as tf.Tensor, attrs.numOrSizeSplits as number[] | number, axis)
    .map((size) => {
      const view = { start: at * strides[axis]!, shape: x.shape.with(axis, size), strides };
      at += size;
      return copyOf(backend, x, values, view);
    });
});

registerNative(tf.PadV2, ({ inputs, attrs, backend }: KernelArguments) => {
  const x = inputs.x!;
  const values = backend.numbers(x);
  const paddings = attrs.paddings as [number, number][];
  if (values === null || paddings.some(([before, after]) => before < 0 || after < 0)) return null;
  const shape = x.shape.map((side, axis) => side + paddings[axis]![0] + paddings[axis]![1]);
  const out = backend.like(values, sizeOf(shape));
  const value = backend.like(values, 1).fill(Number(attrs.constantValue));
  addon.pad(
    values,
    value,
    out,
    Float64Array.from(x.shape.flatMap((side, axis) => [side, ...paddings[axis]!])),
  );
  return backend.makeTensorInfo(shape, x.dtype, out);
});

/** Tensors one after the other along an axis; null when they are not of one type of numbers, or do not fit. */
function concat(
  backend: CohearBackend,
  tensors: readonly tf.TensorInfo[],
  axis: number,
): tf.TensorInfo | null {
  const first = tensors[0]!;
  const parts: Numbers[] = [];
  for (const tensor of tensors) {
    const values = backend.numbers(tensor);
    const fits =
      tensor.dtype === first.dtype &&
      tensor.shape.length === first.shape.length &&
      tensor.shape.every((side, i) => i === axis || side === first.shape[i]);
    if (values === null || !fits) return null;
    parts.push(values);
  }
  const shape = first.shape.with(
    axis,
    tensors.reduce((sum, tensor) => sum + tensor.shape[axis]!, 0),
  );
  const out = backend.like(parts[0]!, sizeOf(shape));
  const strides = stridesOf(shape);
  let at = 0;
  for (const [i, { shape: sides }] of tensors.entries()) {
    addon.copyStrided(parts[i]!, 0, out, at * strides[axis]!, axesOf(sides, stridesOf(sides), strides));
    at += sides[axis]!;
  }
  return backend.makeTensorInfo(shape, first.dtype, out);
}

registerNative(tf.Concat, ({ inputs, attrs, backend }: KernelArguments) => {
  const tensors = Object.values(inputs) as tf.TensorInfo[];
  const axis = tf.util.parseAxisParam(attrs.axis as number, tensors[0]!.shape)[0]!;
  // The inherited kernel returns a lone tensor with values as it is, and leaves empty ones out.
  const filled = tensors.filter(({ shape }) => sizeOf(shape) > 0);
  return filled.length < 2 ? null : concat(backend, filled, axis);
});

registerNative(tf.Pack, ({ inputs, attrs, backend }: KernelArguments) => {
  const axis = attrs.axis as number;
  const tensors = (Object.values(inputs) as tf.TensorInfo[]).map(({ dataId, dtype, shape }) => ({
    dataId,
    dtype,
    shape: shape.toSpliced(axis, 0, 1),
  }));
  return tensors.length < 2 ? null : concat(backend, tensors, axis);
});
