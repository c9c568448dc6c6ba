import * as tf from '@tensorflow/tfjs-core';
import { require } from '../errors/index.js';
import { addon } from '../native/index.js';
import { type CohearBackend, cohearBackend } from './backend.js';
import { recording, tensorOf } from './tape.js';

export type AggregateMode = 'max' | 'mean' | 'sum';

/** The edges of a message-flow block: target row v reads source rows indices[offsets[v] .. offsets[v + 1]). */
export interface AggregateBlock {
  readonly offsets: BigUint64Array;
  readonly indices: Uint32Array;
  /** Spares every gradient the work of making it; {@link transposeBlock} gives it. */
  readonly transposed?: TransposedBlock | undefined;
}

/** A block seen from its sources: row s is used by edges[offsets[s] .. offsets[s + 1]), of these target rows. */
export interface TransposedBlock {
  readonly offsets: BigUint64Array;
  readonly edges: Uint32Array;
  readonly targets: Uint32Array;
}

/** The numbers of native/tensor/segment.h. */
export const MODES: Readonly<Record<AggregateMode, number>> = { max: 0, mean: 1, sum: 2 };

/**
 * The block with its transpose, for blocks whose gradient is taken more than once (training on a whole graph). Of a
 * block that is sampled anew for every step it is made in any case, and keeping it would gain nothing.
 * @param sources rows of the x that the block will be used on
 * @throws CohearError ERR_RANGE (an index outside x), ERR_VALUE (offsets that fall), ERR_DTYPE
 */
export function transposeBlock(block: AggregateBlock, sources: number): AggregateBlock {
  return { ...block, transposed: addon.transposeBlock(block.offsets, block.indices, sources) };
}

/**
 * Reduces the source rows that each target row points at:
 * out[v] = max | mean | sum over e in [offsets[v], offsets[v + 1]) of x[indices[e]], elementwise; the sum may be
 * weighted. A row without edges gives zeros. The gradient of max goes to the first edge that attained it.
 * Rows of edges are never materialised; forward and backward are the same bits at any number of threads.
 * @param x [sources, width]
 * @param block edges; neither array may change until the gradient has been taken
 * @param weights one per edge, with 'sum' only; constants (no gradient)
 * @returns [targets, width]
 * @throws CohearError ERR_SHAPE, ERR_DTYPE, ERR_RANGE (an index outside x), ERR_VALUE (offsets that fall)
 */
export function gatherAggregate(
  x: tf.Tensor2D,
  block: AggregateBlock,
  mode: AggregateMode,
  weights?: Float32Array,
): tf.Tensor2D {
  require(x.rank === 2 && x.dtype === 'float32', 'ERR_SHAPE', () =>
    `gatherAggregate: want x as float32 [sources, width], got ${x.dtype} [${x.shape}]`);
  require(Object.hasOwn(MODES, mode), 'ERR_VALUE', () =>
    `gatherAggregate: mode is "${mode}", want "max", "mean" or "sum"`);
  require(weights === undefined ||
    mode === 'sum', 'ERR_VALUE', 'gatherAggregate: weights go with "sum" only');
  const backend = cohearBackend();
  if (backend === null) return composedGatherAggregate(x, block, mode, weights);
  const withArgmax = mode === 'max' && recording();
  const op = tf.customGrad((input, save) => {
    const { out, argmax } = forward(backend, input as tf.Tensor2D, block, mode, weights, withArgmax);
    (save as tf.GradSaveFunc)(argmax ? [argmax] : []);
    return {
      value: out,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        backward(backend, dy as tf.Tensor2D, x.shape, block, mode, weights, saved[0]),
    };
  });
  return op(x) as tf.Tensor2D;
}

function forward(
  backend: CohearBackend,
  x: tf.Tensor2D,
  { offsets, indices }: AggregateBlock,
  mode: AggregateMode,
  weights: Float32Array | undefined,
  withArgmax: boolean,
): { out: tf.Tensor2D; argmax: tf.Tensor2D | null } {
  const [sources, width] = x.shape;
  const shape = [Math.max(0, offsets.length - 1), width];
  const out = backend.pool.float32(shape[0]! * width);
  const argmax = withArgmax ? backend.pool.int32(out.length) : null;
  const values = backend.floats(x)!;
  addon.gatherAggregate(
    offsets,
    indices,
    values,
    sources,
    width,
    MODES[mode],
    weights ?? null,
    out,
    argmax,
    false,
  );
  return { out: tensorOf(backend, shape, out), argmax: argmax && tensorOf(backend, shape, argmax) };
}

function backward(
  backend: CohearBackend,
  dy: tf.Tensor2D,
  [sources, width]: [number, number],
  { offsets, indices, transposed }: AggregateBlock,
  mode: AggregateMode,
  weights: Float32Array | undefined,
  argmax: tf.Tensor | undefined,
): tf.Tensor2D {
  const dx = backend.pool.float32(sources * width);
  const from = argmax ? (backend.data.get(argmax.dataId).values as Int32Array) : null;
  const dyValues = backend.floats(dy)!;
  addon.gatherAggregateGradient(
    offsets,
    indices,
    dyValues,
    sources,
    width,
    MODES[mode],
    weights ?? null,
    from,
    dx,
    transposed ?? null,
  );
  return tensorOf(backend, [sources, width], dx);
}

/**
 * The same from plain tfjs operations, for any backend and as the reference of the tests: edges are
 * materialised, and the gradient of max goes whole to each of the edges that tie.
 */
export function composedGatherAggregate(
  x: tf.Tensor2D,
  { offsets, indices }: AggregateBlock,
  mode: AggregateMode,
  weights?: Float32Array,
): tf.Tensor2D {
  const targets = offsets.length - 1;
  const width = x.shape[1];
  return tf.tidy(() => {
    const empty = () => tf.zeros([1, width]) as tf.Tensor2D;
    if (targets === 0) return tf.zeros([0, width]) as tf.Tensor2D;
    const rows: tf.Tensor2D[] = [];
    for (let v = 0; v < targets; v++) {
      const [begin, end] = [Number(offsets[v]), Number(offsets[v + 1])];
      if (begin === end) {
        rows.push(empty());
        continue;
      }
      let edges = tf.gather(x, tf.tensor1d(Array.from(indices.subarray(begin, end)), 'int32'));
      if (weights) edges = tf.mul(edges, tf.tensor2d(weights.slice(begin, end), [end - begin, 1]));
      const reduce = mode === 'max' ? tf.max : mode === 'mean' ? tf.mean : tf.sum;
      rows.push(reduce(edges, 0, true) as tf.Tensor2D);
    }
    return tf.concat(rows, 0) as tf.Tensor2D;
  });
}
