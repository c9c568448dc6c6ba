import * as tf from '@tensorflow/tfjs-core';
import { CohearError, require } from '../errors/index.js';
import { addon } from '../native/index.js';
import { derive, normal, type Seed } from '../random/index.js';
import { cohearBackend } from './backend.js';
import { within } from './optimizer.js';
import { tableRows } from './rows.js';
import type { Schedule } from './schedule.js';

export interface EmbeddingOptions {
  readonly rows: number;
  readonly width: number;
  /** Initial values are normal with deviation `scale`, a function of (seed, position). */
  readonly seed: Seed;
  /** Default 1 / sqrt(width). */
  readonly scale?: number;
  /** Of the row-wise Adagrad; default 1e-2. */
  readonly learningRate?: number | Schedule;
  /** Default 1e-8. */
  readonly epsilon?: number;
}

/** All that an {@link EmbeddingTable} is; arrays are copies. */
export interface EmbeddingState {
  readonly step: number;
  readonly values: Float32Array;
  readonly squares: Float32Array;
}

/**
 * A table of trainable rows of which a step uses few: neither its gradient nor its update touches the others. The
 * update is row-wise Adagrad, one number of state a row (EXACT_ROWWISE_ADAGRAD of FBGEMM):
 * s_r += mean of g_r²; row_r -= lr g_r / (sqrt(s_r) + eps).
 *
 *     const rows = table.open(ids);
 *     optimizer.minimize(() => loss(rows.lookup(ids)), [rows]);
 */
export class EmbeddingTable {
  learningRate: number | Schedule;
  readonly rows: number;
  readonly width: number;
  /** [rows, width]; may be read at any time, between steps. */
  readonly values: Float32Array;
  readonly #squares: Float32Array;
  readonly #epsilon: number;
  #step = 0;

  /** @throws CohearError ERR_RANGE, ERR_VALUE for options out of range */
  constructor({ rows, width, seed, scale, learningRate = 1e-2, epsilon = 1e-8 }: EmbeddingOptions) {
    for (const [name, value] of Object.entries({ rows, width }))
      require(Number.isInteger(value) && value >= 1, 'ERR_RANGE', () =>
        `EmbeddingTable: ${name} is ${value}, want a whole number of 1 or more`);
    within('EmbeddingTable', 'epsilon', epsilon, Number.MIN_VALUE, 1);
    this.rows = rows;
    this.width = width;
    this.learningRate = learningRate;
    this.#epsilon = epsilon;
    this.#squares = new Float32Array(rows);
    this.values = new Float32Array(rows * width);
    const [of, deviation] = [derive(seed, 'embedding'), scale ?? 1 / Math.sqrt(width)];
    for (let i = 0; i < this.values.length; i++) this.values[i] = deviation * normal(of, i);
  }

  /**
   * The rows of a step, each once however often its id is there.
   * @throws CohearError ERR_RANGE for an id outside the table
   */
  open(ids: Uint32Array): EmbeddingRows {
    return new EmbeddingRows(this, Uint32Array.from(new Set(ids)));
  }

  /** Rows without a gradient, for when nothing is trained: [ids.length, width]. */
  lookup(ids: Uint32Array): tf.Tensor2D {
    return tableRows({ data: this.values, rows: this.rows, cols: this.width }, ids);
  }

  /** One update of the rows `ids`, each there once, by gradient [ids.length, width]. */
  update(ids: Uint32Array, gradient: tf.Tensor): void {
    const values = cohearBackend()?.floats(gradient);
    if (!values) throw new CohearError('ERR_MISSING', "EmbeddingTable: want tf.setBackend('cohear')");
    const rate = typeof this.learningRate === 'number' ? this.learningRate : this.learningRate(this.#step);
    addon.embeddingStep(this.values, this.#squares, this.width, ids, values, rate, this.#epsilon);
    this.#step++;
  }

  state(): EmbeddingState {
    return { step: this.#step, values: this.values.slice(), squares: this.#squares.slice() };
  }

  /** Continues from a state (copied) to the same bits. @throws CohearError ERR_SHAPE when it is of another table */
  restore({ step, values, squares }: EmbeddingState): void {
    require(values.length === this.values.length && squares.length === this.rows, 'ERR_SHAPE', () =>
      `EmbeddingTable.restore: want ${this.rows} rows of ${this.width}, got ${squares.length} rows and ${values.length} numbers`);
    this.values.set(values);
    this.#squares.set(squares);
    this.#step = step;
  }
}

/** The rows of an {@link EmbeddingTable} that one step uses, as a variable of that step. */
export class EmbeddingRows {
  readonly variable: tf.Variable;
  readonly #positions: ReadonlyMap<number, number>;

  constructor(
    readonly table: EmbeddingTable,
    readonly ids: Uint32Array,
  ) {
    this.#positions = new Map(Array.from(ids, (id, position) => [id, position]));
    const rows = table.lookup(ids);
    this.variable = tf.variable(rows);
    rows.dispose();
  }

  /** Rows by id, with a gradient: [ids.length, width]. @throws CohearError ERR_VALUE for an id that was not opened */
  lookup(ids: Uint32Array): tf.Tensor2D {
    const positions = Int32Array.from(ids, (id) => this.#positions.get(id) ?? -1);
    const missing = positions.indexOf(-1);
    require(missing < 0, 'ERR_VALUE', () =>
      `EmbeddingRows: id ${ids[missing]} was not opened; give every id of the step to table.open`);
    return tf.tidy(() => tf.gather(this.variable as unknown as tf.Tensor2D, tf.tensor1d(positions, 'int32')));
  }

  /** Updates the table and closes. */
  update(gradient: tf.Tensor): void {
    try {
      this.table.update(this.ids, gradient);
    } finally {
      this.close();
    }
  }

  close(): void {
    this.variable.dispose();
  }
}
