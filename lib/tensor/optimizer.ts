import * as tf from '@tensorflow/tfjs-core';
import { require } from '../errors/index.js';
import { cohearBackend } from './backend.js';
import type { EmbeddingRows } from './embedding.js';
import type { Schedule } from './schedule.js';
import { tensorOf } from './tape.js';

/** All that a {@link FusedOptimizer} remembers, for checkpoints: restoring it continues to the same bits. */
export interface OptimizerState {
  readonly step: number;
  /** By moment (`first`, `second`, `squares`), then by variable name. */
  readonly moments: Readonly<Record<string, Readonly<Record<string, Float32Array>>>>;
}

interface Slot {
  readonly variable: tf.Variable;
  /** In the order of the optimiser's moments. */
  readonly moments: readonly Float32Array[];
}

/**
 * An optimiser over a fixed list of variables, all of them updated in one native call; on other backends than
 * `cohear` over copies of their values.
 * Old values are never overwritten: clones of a variable, and arrays read from it, keep them.
 */
export abstract class FusedOptimizer {
  /** A number, or a function of the number of updates made so far. */
  learningRate: number | Schedule;
  readonly #slots: readonly Slot[];
  #step = 0;

  /**
   * @param name in errors and checkpoints
   * @param moments what is remembered of each variable
   */
  protected constructor(
    readonly name: string,
    readonly moments: readonly string[],
    variables: readonly tf.Variable[],
    learningRate: number | Schedule,
  ) {
    this.learningRate = learningRate;
    if (typeof learningRate === 'number') within(name, 'learningRate', learningRate, 0, 1e6);
    const names = new Set<string>();
    this.#slots = variables.map((variable) => {
      require(variable.dtype === 'float32' && !names.has(variable.name), 'ERR_VALUE', () =>
        `${name}: variable ${variable.name} is ${variable.dtype}${names.has(variable.name) ? ', and given twice' : ''}`);
      names.add(variable.name);
      return { variable, moments: moments.map(() => new Float32Array(variable.size)) };
    });
  }

  /** arrays: value, gradient, moments, out of each variable in turn. @returns the global norm, 0 if not needed */
  protected abstract update(arrays: Float32Array[], learningRate: number, step: number): number;

  /** Updates made so far. */
  get step(): number {
    return this.#step;
  }

  /** What the next update uses. */
  get currentLearningRate(): number {
    return typeof this.learningRate === 'number' ? this.learningRate : this.learningRate(this.#step);
  }

  /**
   * Computes f and its gradients, then makes one update.
   * @param f returns a scalar that depends on every variable
   * @param embeddings rows of embedding tables that f uses; they are updated by their own tables, and closed
   * @returns that scalar, for the caller to dispose
   */
  minimize(f: () => tf.Scalar, embeddings: readonly EmbeddingRows[] = []): tf.Scalar {
    const variables = [...this.#slots, ...embeddings].map(({ variable }) => variable);
    const { value, grads } = tf.variableGrads(f, variables);
    try {
      this.applyGradients(grads);
      for (const rows of embeddings) rows.update(grads[rows.variable.name]!);
    } finally {
      tf.dispose(grads);
    }
    return value;
  }

  /**
   * One update from gradients by variable name; a variable without one stays as it is.
   * @returns the global norm of the gradients before clipping; 0 when clipNorm is not set
   */
  applyGradients(gradients: Readonly<Record<string, tf.Tensor | null>>): number {
    const backend = cohearBackend();
    const valuesOf = (tensor: tf.Tensor): Float32Array | null =>
      backend === null ? (tensor.dataSync() as Float32Array) : backend.floats(tensor);
    const arrays: Float32Array[] = [];
    const updates: { variable: tf.Variable; out: Float32Array }[] = [];
    for (const { variable, moments } of this.#slots) {
      const gradient = gradients[variable.name];
      if (gradient == null) continue;
      const values = valuesOf(variable);
      const slope = valuesOf(gradient);
      require(values !== null &&
        slope !== null, 'ERR_DTYPE', `${this.name}: ${variable.name} or its gradient is not float32`);
      // Into memory of its own: clones of the variable, and arrays read from it, keep the old values.
      const out = backend === null ? new Float32Array(variable.size) : backend.pool.float32(variable.size);
      arrays.push(values, slope, ...moments, out);
      updates.push({ variable, out });
    }
    const norm = this.update(arrays, this.currentLearningRate, this.#step + 1);
    this.#step++;
    for (const { variable, out } of updates) {
      const fresh =
        backend === null ? tf.tensor(out, variable.shape) : tensorOf(backend, variable.shape, out);
      variable.assign(fresh);
      fresh.dispose(); // the variable shares its values
    }
    return norm;
  }

  /** A copy of all that is remembered. */
  state(): OptimizerState {
    const copies = (m: number) =>
      Object.fromEntries(this.#slots.map(({ variable, moments }) => [variable.name, moments[m]!.slice()]));
    return { step: this.#step, moments: Object.fromEntries(this.moments.map((key, m) => [key, copies(m)])) };
  }

  /**
   * Continues from a state (copied).
   * @throws CohearError ERR_SHAPE when a variable is missing from it or has another size, ERR_VALUE for a step that
   *   is none; nothing is changed then
   */
  restore(state: OptimizerState): void {
    const of = (moment: string, { name }: tf.Variable) => state.moments[moment]?.[name];
    for (const { variable } of this.#slots)
      for (const moment of this.moments)
        require(of(moment, variable)?.length === variable.size, 'ERR_SHAPE', () =>
          `${this.name}.restore: ${variable.name} has ${variable.size} numbers, ${moment} of the state ${of(moment, variable)?.length ?? 'none'}`);
    require(Number.isInteger(state.step) && state.step >= 0, 'ERR_VALUE', () =>
      `${this.name}.restore: step is ${state.step}, want a whole number of at least 0`);
    for (const { variable, moments } of this.#slots)
      for (const [m, values] of moments.entries()) values.set(of(this.moments[m]!, variable)!);
    this.#step = state.step;
  }
}

/** @throws CohearError ERR_VALUE unless least <= value <= most */
export function within(owner: string, name: string, value: number, least: number, most: number): void {
  require(value >= least && value <= most, 'ERR_VALUE', () =>
    `${owner}: ${name} is ${value}, want a number from ${least} to ${most}`);
}
