/**
 * Elementwise results are computed when somebody looks at them: until then a result is a small program over the
 * tensors that it was made of. `x.add(b).relu()`, a loss, all of an Adam step then are one pass over memory instead of
 * one each, and what nobody looks at (a gradient that is dropped) is never computed. Values have the same bits either
 * way. Operands are held until then; nobody can have changed them, since only memory of the pool that no user has an
 * array over takes part, and copies of small arrays.
 */
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { addon } from '../native/index.js';
import { type BufferPool, SMALLEST } from './memory.js';

/** Steps of a program, counted as often as they are read; with more, operands are computed first. */
const MOST_STEPS = 32;
/** Bytes of all pending results; beyond it the oldest is computed, lest results that nobody disposes pile up. */
const MOST_BYTES = 1 << 30;
/** The longest rows that {@link Fusion.sum} adds (native/tensor/fused.h). */
const LONGEST_ROW = 1 << 15;

/** In the order of native/tensor/fused.h. */
enum Kind {
  Step = 0,
  Full,
  Row,
  Column,
  Scalar,
}

interface Operand {
  readonly kind: Kind;
  readonly of: Pending | Float32Array;
  /** Columns that the result must be seen in, 0 for any. */
  readonly columns: number;
}

interface Step {
  readonly binary: boolean;
  readonly op: number;
  readonly operands: readonly Operand[];
  readonly alpha: number;
  readonly beta: number;
}

/** The data of a float32 tensor (what the backend's `data` holds) that is computed when `values` is read. */
export class Pending {
  readonly dtype = 'float32';
  readonly complexTensorInfos = undefined;
  /** Tensors. */
  refCount = 1;
  /** Some tensor besides the first was made of it: a variable, a clone that a gradient has saved. */
  wanted = false;
  /** Steps ever made of it, and those still pending. */
  reads = 0;
  readers = 0;
  #step: Step | null;
  #values: Float32Array | undefined;

  constructor(
    readonly fusion: Fusion,
    readonly size: number,
    readonly columns: number,
    /** Steps until here. */
    readonly steps: number,
    step: Step,
  ) {
    this.#step = step;
  }

  /** Null when the values are there. */
  get step(): Step | null {
    return this.#step;
  }

  get values(): Float32Array {
    if (this.#step !== null) this.fusion.compute(this);
    return this.#values!;
  }

  /** Whether these values are to be written where another result is computed through them. */
  get isOutput(): boolean {
    return this.refCount > 0 && (this.wanted || this.reads > 1);
  }

  settle(values: Float32Array): void {
    this.#values = values;
    this.fusion.pool.retain(values.buffer);
    this.#leave();
    this.drop();
  }

  /** To be called when a tensor or a reader has gone. */
  drop(): void {
    if (this.refCount > 0 || this.readers > 0) return;
    if (this.#step !== null) this.#leave();
    else if (this.#values) this.fusion.pool.release(this.#values.buffer);
    this.#values = undefined;
  }

  /** Lets go of the operands. */
  #leave(): void {
    const operands = this.#step!.operands;
    this.#step = null;
    this.fusion.forget(this);
    for (const { of } of operands) {
      if (of instanceof Pending) {
        of.readers--;
        of.drop();
      } else {
        this.fusion.pool.release(of.buffer);
      }
    }
  }
}

interface Program {
  /** In the order of computing. */
  readonly nodes: readonly Pending[];
  readonly steps: Int32Array;
  readonly settings: Float32Array;
  readonly leaves: Float32Array[];
}

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
    return this.#make(true, op, [a, b], shape, 0, 0);
  }

  unary(op: number, x: tf.TensorInfo, alpha: number, beta: number): tf.TensorInfo | null {
    return this.#make(false, op, [x], x.shape, alpha, beta);
  }

  /** out[r] = scale * the sum of row r of what is pending at x; false when x is no such case. */
  sum(x: tf.TensorInfo, columns: number, scale: number, out: Float32Array): boolean {
    const node = this.data.get(x.dataId) as unknown;
    if (!(node instanceof Pending) || node.step === null) return false;
    const rows = node.size / columns;
    if (rows > 1 && (columns > LONGEST_ROW || (node.columns !== 0 && node.columns !== columns))) return false;
    if (rows === 1 && node.columns !== 0) return false;
    const { nodes, steps, settings, leaves } = program(node);
    const outputs = nodes.map((n) => (n.isOutput ? this.pool.float32(n.size) : null));
    addon.fusedSum(rows, columns, steps, settings, leaves, outputs, scale, out);
    settle(nodes, outputs);
    return true;
  }

  compute(node: Pending): void {
    const { nodes, steps, settings, leaves } = program(node);
    const columns = node.columns || node.size;
    const outputs = nodes.map((n) => (n === node || n.isOutput ? this.pool.float32(n.size) : null));
    addon.fused(node.size / columns, columns, steps, settings, leaves, outputs);
    settle(nodes, outputs);
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
    this.#bytes -= node.size * 4;
    this.#pending.delete(node);
  }

  #remember(node: Pending): void {
    this.#bytes += node.size * 4;
    this.#pending.add(node);
    if (this.#bytes <= MOST_BYTES) return;
    for (const old of this.#pending) {
      if (old.refCount === 0 || old === node) continue;
      this.compute(old);
      if (this.#bytes <= MOST_BYTES) return;
    }
  }

  #make(
    binary: boolean,
    op: number,
    inputs: readonly tf.TensorInfo[],
    shape: number[],
    alpha: number,
    beta: number,
  ): tf.TensorInfo | null {
    const size = tf.util.sizeFromShape(shape);
    if (size < Fusion.smallest) return null;
    this.#shorten(inputs);
    const operands: Operand[] = [];
    let columns = 0;
    let steps = 1;
    for (const input of inputs) {
      const operand = this.#operand(input, shape, size);
      if (operand === null || (columns && operand.columns && columns !== operand.columns)) return null;
      columns ||= operand.columns;
      if (operand.of instanceof Pending) steps += operand.of.steps;
      operands.push(operand);
    }
    for (const { of } of operands) {
      if (of instanceof Pending) {
        of.reads++;
        of.readers++;
      } else {
        this.pool.retain(of.buffer);
      }
    }
    const node = new Pending(this, size, columns, steps, { binary, op, operands, alpha, beta });
    this.#remember(node);
    const dataId = {};
    this.data.set(dataId, node as never);
    return { dataId, shape, dtype: 'float32' };
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
    const held = this.data.get(input.dataId) as unknown as Pending | { values: unknown };
    const side = sideOf(input.shape, shape, size);
    if (input.dtype !== 'float32' || side === null) return null;
    if (held instanceof Pending && held.step !== null && side.kind === Kind.Full)
      return { kind: Kind.Step, of: held, columns: held.columns };
    const { values } = held;
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

/** The steps that lead to a node, each once, operands first. */
function program(last: Pending): Program {
  const at = new Map<Pending, number>();
  const nodes: Pending[] = [];
  const leaves: Float32Array[] = [];
  const leafAt = new Map<Float32Array, number>();
  const visit = (node: Pending): void => {
    if (at.has(node)) return;
    for (const { of } of node.step!.operands) if (of instanceof Pending && of.step !== null) visit(of);
    at.set(node, nodes.length);
    nodes.push(node);
  };
  visit(last);
  const leaf = (values: Float32Array): number => {
    const known = leafAt.get(values);
    if (known !== undefined) return known;
    leafAt.set(values, leaves.length);
    return leaves.push(values) - 1;
  };
  const steps = new Int32Array(nodes.length * 6);
  const settings = new Float32Array(nodes.length * 2);
  for (const [i, node] of nodes.entries()) {
    const { binary, op, operands, alpha, beta } = node.step!;
    steps[i * 6] = Number(binary);
    steps[i * 6 + 1] = op;
    settings[i * 2] = alpha;
    settings[i * 2 + 1] = beta;
    for (const [j, { kind, of }] of operands.entries()) {
      const step = of instanceof Pending && of.step !== null;
      steps[i * 6 + 2 + j * 2] = step ? Kind.Step : of instanceof Pending ? Kind.Full : kind;
      steps[i * 6 + 3 + j * 2] = step ? at.get(of)! : leaf(of instanceof Pending ? of.values : of);
    }
  }
  return { nodes, steps, settings, leaves };
}

function settle(nodes: readonly Pending[], outputs: readonly (Float32Array | null)[]): void {
  // From the last to the first: what lets go of its operands first is what reads them.
  for (let i = nodes.length - 1; i >= 0; i--) if (outputs[i]) nodes[i]!.settle(outputs[i]!);
}
