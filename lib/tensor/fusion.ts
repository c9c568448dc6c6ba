/**
 * Elementwise results, and sums, means and maxima of rows, are computed when somebody looks at them: until then a
 * result is a small program over the tensors that it was made of. `x.add(b).relu()`, a softmax and its loss, all of an
 * Adam step then are one pass over memory instead of one each, and what nobody looks at (a gradient that is dropped)
 * is never computed. Values have the same bits either way. Operands are held until then; nobody can have changed them,
 * since only memory of the pool that no user has an array over takes part, and copies of small arrays.
 */
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { addon } from '../native/index.js';
import { type BufferPool, SMALLEST } from './memory.js';
import { type Extent, Form, Kind, type Operand, Pending, type Reduction, type Step } from './pending.js';
import { outputsOf, program, settle } from './program.js';

/** Steps of a program, counted as often as they are read; with more, operands are computed first. */
const MOST_STEPS = 32;
/** Bytes of all pending results; beyond it the oldest is computed, lest results that nobody disposes pile up. */
const MOST_BYTES = 1 << 30;
/** Rows that are reduced late: of longer ones too little fits in the nearest cache (native/tensor/fused.h), of shorter
 * ones each step costs more than it does. */
const LONGEST_ROW = 1 << 14;
const SHORTEST_ROW = 64;

export class Fusion {
  /**
   * Results of fewer numbers are computed at once, which costs less than the bookkeeping. Infinity rules fusion out as
   * the cause of whatever is looked for.
   */
  static smallest = 4096;
  readonly #pending = new Set<Pending>();
  #bytes = 0;

  constructor(
    readonly pool: BufferPool,
    private readonly data: MathBackendCPU['data'],
  ) {}

  get pendingBytes(): number {
    return this.#bytes;
  }

  /** op as in native/tensor/elementwise.h; null when it has to be computed at once. */
  binary(op: number, a: tf.TensorInfo, b: tf.TensorInfo, shape: number[]): tf.TensorInfo | null {
    return this.#elementwise(Form.Binary, op, [a, b], shape, 0, 0);
  }

  unary(op: number, x: tf.TensorInfo, alpha: number, beta: number): tf.TensorInfo | null {
    return this.#elementwise(Form.Unary, op, [x], x.shape, alpha, beta);
  }

  /** One number for each row of `columns` of x, in a tensor of `shape`; null when it has to be computed at once. */
  reduce(op: Reduction, x: tf.TensorInfo, columns: number, shape: number[]): tf.TensorInfo | null {
    const size = tf.util.sizeFromShape(x.shape);
    const rows = size / columns;
    if (size < Fusion.smallest || rows < 2 || columns < SHORTEST_ROW || columns > LONGEST_ROW) return null;
    this.#shorten([x]);
    const operand = this.#operand(x, x.shape, size);
    if (operand === null || (operand.columns !== 0 && operand.columns !== columns)) return null;
    const extent = { size: rows, columns, column: true };
    return this.#add(extent, shape, { form: Form.Reduction, op, operands: [operand], alpha: 0, beta: 0 });
  }

  /** scale * the sum of all that is pending at x; null when x is no such case. */
  sum(x: tf.TensorInfo, scale: number): number | null {
    const node = this.data.get(x.dataId) as unknown;
    if (!(node instanceof Pending) || node.step === null || node.columns !== 0) return null;
    const { rows, columns, nodes, steps, settings, leaves } = program(node);
    const outputs = outputsOf(nodes, this.pool, false);
    const sum = addon.fusedSum(rows, columns, steps, settings, leaves, outputs, scale);
    settle(nodes, outputs, this.pool);
    return sum;
  }

  compute(node: Pending): void {
    const { rows, columns, nodes, steps, settings, leaves } = program(node);
    const outputs = outputsOf(nodes, this.pool, true);
    addon.fused(rows, columns, steps, settings, leaves, outputs);
    settle(nodes, outputs, this.pool);
  }

  /** Computes what was to be computed from this memory: somebody may change it from now on. */
  computeReadersOf(buffer: ArrayBufferLike): void {
    for (const node of [...this.#pending])
      if (node.step?.operands.some(({ of }) => bufferOf(of) === buffer)) this.compute(node);
  }

  /** Computes all that is pending. */
  computeAll(): void {
    for (const node of [...this.#pending]) if (node.step !== null && node.refCount > 0) this.compute(node);
  }

  forget(node: Pending): void {
    this.#bytes -= node.bytes;
    this.#pending.delete(node);
  }

  #remember(node: Pending): void {
    this.#bytes += node.bytes;
    this.#pending.add(node);
    if (this.#bytes <= MOST_BYTES) return;
    for (const old of this.#pending) {
      if (old.refCount === 0 || old === node) continue;
      this.compute(old);
      if (this.#bytes <= MOST_BYTES) return;
    }
  }

  #elementwise(
    form: Form,
    op: number,
    inputs: readonly tf.TensorInfo[],
    shape: number[],
    alpha: number,
    beta: number,
  ): tf.TensorInfo | null {
    const size = tf.util.sizeFromShape(shape);
    const ofRows = inputs.find((input) => this.#column(input)?.size === size);
    if (size < Fusion.smallest && ofRows === undefined) return null;
    this.#shorten(inputs);
    const columns = ofRows && this.#column(ofRows)?.columns;
    return columns === undefined
      ? this.#make(inputs, { form, op, alpha, beta }, shape, size)
      : this.#makeColumn(inputs, { form, op, alpha, beta }, shape, { size, columns, column: true });
  }

  #make(
    inputs: readonly tf.TensorInfo[],
    step: Omit<Step, 'operands'>,
    shape: number[],
    size: number,
  ): tf.TensorInfo | null {
    if (size < Fusion.smallest) return null;
    const operands: Operand[] = [];
    let columns = 0;
    for (const input of inputs) {
      const operand = this.#operand(input, shape, size);
      if (operand === null || (columns && operand.columns && columns !== operand.columns)) return null;
      columns ||= operand.columns;
      operands.push(operand);
    }
    return this.#add({ size, columns, column: false }, shape, { ...step, operands });
  }

  /** One number for each row from such: from what is pending, what is there, and scalars. */
  #makeColumn(
    inputs: readonly tf.TensorInfo[],
    step: Omit<Step, 'operands'>,
    shape: number[],
    extent: Extent,
  ): tf.TensorInfo | null {
    const operands: Operand[] = [];
    for (const input of inputs) {
      const column = this.#column(input);
      const count = tf.util.sizeFromShape(input.shape);
      const kind = count === extent.size ? Kind.Column : Kind.Scalar;
      if (input.dtype !== 'float32' || (count !== extent.size && count !== 1)) return null;
      const operand: Operand | null =
        column?.columns === extent.columns && kind === Kind.Column
          ? { kind: Kind.Step, of: column, columns: extent.columns }
          : this.#leaf(input, { kind, columns: extent.columns });
      if (operand === null) return null;
      operands.push(operand);
    }
    return this.#add(extent, shape, { ...step, operands });
  }

  #add(extent: Extent, shape: number[], step: Step): tf.TensorInfo {
    let steps = 1;
    for (const { of } of step.operands) if (of instanceof Pending) steps += of.steps;
    const node = new Pending(this, extent, steps, step);
    this.#remember(node);
    const dataId = {};
    this.data.set(dataId, node as never);
    return { dataId, shape, dtype: 'float32' };
  }

  /** What is pending at x if it is one number for each row. */
  #column(x: tf.TensorInfo): Pending | null {
    const held = this.data.get(x.dataId) as unknown;
    return held instanceof Pending && held.column && held.step !== null ? held : null;
  }

  /** Computes operands until a step over them is not too long. */
  #shorten(inputs: readonly tf.TensorInfo[]): void {
    const nodes = inputs
      .map(({ dataId }) => this.data.get(dataId) as unknown)
      .filter((node): node is Pending => node instanceof Pending && node.step !== null)
      .sort((a, b) => a.steps - b.steps);
    while (nodes.reduce((sum, { steps }) => sum + steps, 1) > MOST_STEPS) this.compute(nodes.pop()!);
  }

  #operand(input: tf.TensorInfo, shape: readonly number[], size: number): Operand | null {
    const side = sideOf(input.shape, shape, size);
    if (input.dtype !== 'float32' || side === null) return null;
    const held = this.data.get(input.dataId) as unknown;
    if (held instanceof Pending && held.step !== null) {
      const fits = held.column
        ? side.kind === Kind.Column && held.columns === side.columns
        : side.kind === Kind.Full;
      if (fits) return { kind: Kind.Step, of: held, columns: held.columns };
    }
    return this.#leaf(input, side);
  }

  /** Values that nobody will change, computed where they are not there yet. */
  #leaf(input: tf.TensorInfo, side: Omit<Operand, 'of'>): Operand | null {
    const { values } = this.data.get(input.dataId);
    if (!(values instanceof Float32Array)) return null;
    if (this.pool.isPrivate(values.buffer)) return { ...side, of: values };
    return values.byteLength < SMALLEST ? { ...side, of: values.slice() } : null;
  }
}

/** How an operand lies over a result; null where it is neither whole, nor one for each row or column, nor a scalar. */
function sideOf(
  own: readonly number[],
  shape: readonly number[],
  size: number,
): { kind: Kind; columns: number } | null {
  const count = tf.util.sizeFromShape(own as number[]);
  if (count === size) return { kind: Kind.Full, columns: 0 };
  if (count === 1) return { kind: Kind.Scalar, columns: 0 };
  const missing = shape.length - own.length;
  const side = (i: number) => (i < missing ? 1 : own[i - missing]!);
  let first = 0;
  while (side(first) === 1) first++;
  let end = shape.length;
  while (side(end - 1) === 1) end--;
  const matches = (from: number, to: number) => {
    for (let i = from; i < to; i++) if (side(i) !== shape[i]) return false;
    return true;
  };
  if (matches(first, shape.length)) return { kind: Kind.Row, columns: count };
  if (matches(0, end)) return { kind: Kind.Column, columns: size / count };
  return null;
}

const bufferOf = (of: Pending | Float32Array): ArrayBufferLike | null =>
  of instanceof Pending ? (of.step === null ? of.values.buffer : null) : of.buffer;
