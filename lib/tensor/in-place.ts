import { require } from '../errors/index.js';
import { addon } from '../native/index.js';
import { cohearBackend } from './backend.js';
import type { DenseActivation } from './dense.js';
import { ACTIVATIONS } from './kernels/mat-mul.js';
import { EPSILON } from './normalize.js';
import { type AggregateBlock, type AggregateMode, MODES } from './segment.js';

/**
 * The kernels of large layers over plain arrays, for work that takes no gradient: each array is made once and written
 * where it lies. They are native whatever backend is set.
 */

/** An array of the pool, with arbitrary content. */
export interface BorrowedFloats {
  readonly values: Float32Array;
  giveBack(): void;
}

/** Memory for a while; an array of its own where another backend is set. */
export function borrowFloats(length: number): BorrowedFloats {
  const pool = cohearBackend()?.pool;
  if (pool === undefined) return { values: new Float32Array(length), giveBack: () => {} };
  const values = pool.float32(length);
  pool.retain(values.buffer);
  return { values, giveBack: () => pool.release(values.buffer) };
}

/** A dense layer's kernel [inputs, outputs] and bias. */
export interface DenseWeights {
  readonly kernel: Float32Array;
  readonly inputs: number;
  readonly outputs: number;
  readonly bias: Float32Array | null;
}

/**
 * out = activation(x W + b), or activation(out + x W + b) with `add`.
 * @param out [rows, outputs]
 * @param x [rows, inputs]
 * @throws CohearError ERR_SHAPE when the sizes do not fit
 */
export function denseInto(
  out: Float32Array,
  x: Float32Array,
  { kernel, inputs, outputs, bias }: DenseWeights,
  { activation = 'linear', add = false }: { activation?: DenseActivation; add?: boolean } = {},
): void {
  const rows = Math.floor(x.length / inputs);
  require(rows * inputs === x.length, 'ERR_SHAPE', () =>
    `denseInto: ${x.length} numbers are no rows of ${inputs}`);
  const shape = Uint32Array.of(rows, outputs, inputs, 0, 0, 1, 1, ACTIVATIONS[activation]!, Number(add));
  addon.matMul(x, kernel, out, bias, shape, 0);
}

/**
 * As {@link gatherAggregate}: out = the aggregate of x, or out + it with `add`.
 * @param out [targets, width]
 * @param x [sources, width]
 * @throws CohearError ERR_SHAPE, ERR_RANGE (an index outside x), ERR_VALUE (offsets that fall)
 */
export function aggregateInto(
  out: Float32Array,
  x: Float32Array,
  { offsets, indices }: AggregateBlock,
  options: { width: number; mode: AggregateMode; weights?: Float32Array | undefined; add?: boolean },
): void {
  const { width, mode, weights = null, add = false } = options;
  const sources = Math.floor(x.length / width);
  addon.gatherAggregate(offsets, indices, x, sources, width, MODES[mode], weights, out, null, add);
}

/** Scales rows to unit length, see {@link l2Normalize}. */
export function normalizeInPlace(rows: Float32Array, width: number): void {
  addon.normalizeRows(rows, width, EPSILON, rows, new Float32Array(rows.length / width));
}
