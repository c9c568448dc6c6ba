import type { Fusion } from './fusion.js';

/** In the order of native/tensor/fused.h, here and below. */
export enum Kind {
  Step = 0,
  Full,
  Row,
  Column,
  Scalar,
}

export enum Form {
  Unary = 0,
  Binary,
  Reduction,
}

export enum Reduction {
  Sum = 0,
  Mean,
  Max,
}

export interface Operand {
  readonly kind: Kind;
  readonly of: Pending | Float32Array;
  /** Columns that the result must be seen in, 0 for any. */
  readonly columns: number;
}

export interface Step {
  readonly form: Form;
  readonly op: number;
  readonly operands: readonly Operand[];
  readonly alpha: number;
  readonly beta: number;
}

/** What a pending result is a result of: a matrix, or one number for each row of one. */
export interface Extent {
  readonly size: number;
  /** Of the matrix; 0 where any will do. */
  readonly columns: number;
  /** One number for each row. */
  readonly column: boolean;
}

/** Steps that cost next to nothing beside reading what they are made of: Add, Sub, Multiply; Relu, Step, Square, Neg. */
const CHEAP: Readonly<Record<Form, readonly number[]>> = {
  [Form.Binary]: [0, 1, 2],
  [Form.Unary]: [0, 1, 6, 7],
  [Form.Reduction]: [],
};

/** The data of a float32 tensor (what the backend's `data` holds) that is computed when `values` is read. */
export class Pending implements Extent {
  readonly dtype = 'float32';
  readonly complexTensorInfos = undefined;
  readonly size: number;
  readonly columns: number;
  readonly column: boolean;
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
    { size, columns, column }: Extent,
    /** Steps until here. */
    readonly steps: number,
    step: Step,
  ) {
    this.size = size;
    this.columns = columns;
    this.column = column;
    this.#step = step;
    for (const { of } of step.operands) {
      if (of instanceof Pending) {
        of.reads++;
        of.readers++;
      } else {
        fusion.pool.retain(of.buffer);
      }
    }
  }

  /** Null when the values are there. */
  get step(): Step | null {
    return this.#step;
  }

  get values(): Float32Array {
    if (this.#step !== null) this.fusion.compute(this);
    return this.#values!;
  }

  /** Of what it and its operands hold, roughly: those of the matrix. */
  get bytes(): number {
    return 4 * this.size * (this.column ? this.columns : 1);
  }

  /**
   * Whether the values are worth writing where another result is computed through them and somebody may ask for them
   * later. Where they cost no more than reading the one array that they are made of, they are made again.
   */
  get worthKeeping(): boolean {
    if (this.column) return true;
    if (this.refCount === 0 || !(this.wanted || this.reads > 1)) return false;
    const { form, op, operands } = this.#step!;
    const whole = ({ of }: Operand) => of instanceof Pending && of.step !== null && !of.column;
    const full = operands.filter(
      ({ kind, of }) => kind === Kind.Full || (of instanceof Pending && !of.column),
    );
    return !CHEAP[form].includes(op) || full.length !== 1 || operands.some(whole);
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
