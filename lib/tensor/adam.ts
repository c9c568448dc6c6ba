import * as tf from '@tensorflow/tfjs-core';
import { CohearError, require } from '../errors/index.js';
import { addon } from '../native/index.js';
import { cohearBackend } from './backend.js';

export interface AdamOptions {
  /** Default 1e-3. May be changed later through {@link FusedAdam.learningRate}. */
  readonly learningRate?: number;
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** Decoupled (AdamW): a step also shrinks each parameter by learningRate * weightDecay. Default 0. */
  readonly weightDecay?: number;
  /** Gradients are scaled down together so that their global norm is at most this. Default: never. */
  readonly clipNorm?: number;
}

/** All that {@link FusedAdam} remembers, for checkpoints: restoring it continues to the same bits. */
export interface AdamState {
  readonly step: number;
  /** First and second moments by variable name. */
  readonly first: Readonly<Record<string, Float32Array>>;
  readonly second: Readonly<Record<string, Float32Array>>;
}

interface Slot {
  readonly variable: tf.Variable;
  readonly first: Float32Array;
  readonly second: Float32Array;
}

/**
 * Adam (Kingma & Ba, 2015) over a fixed list of variables, all of them updated in one native call:
 * g = clip(gradient); m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g²;
 * p -= lr m̂ / (sqrt(v̂) + eps) + lr weightDecay p, with m̂ = m / (1 - b1^t), v̂ = v / (1 - b2^t).
 * Needs the `cohear` backend.
 */
export class FusedAdam {
  learningRate: number;
  readonly #options: Required<Omit<AdamOptions, 'learningRate'>>;
  readonly #slots: readonly Slot[];
  #step = 0;

  /** @throws CohearError ERR_VALUE for an option out of range, two variables of one name, or one not float32 */
  constructor(variables: readonly tf.Variable[], options: AdamOptions = {}) {
    const {
      learningRate = 1e-3,
      beta1 = 0.9,
      beta2 = 0.999,
      epsilon = 1e-8,
      weightDecay = 0,
      clipNorm = 0,
    } = options;
    this.learningRate = learningRate;
    this.#options = { beta1, beta2, epsilon, weightDecay, clipNorm };
    const within = (name: string, value: number, least: number, most: number) =>
      require(value >= least && value <= most, 'ERR_VALUE', () =>
        `FusedAdam: ${name} is ${value}, want a number from ${least} to ${most}`);
    within('learningRate', learningRate, 0, 1e6);
    within('beta1', beta1, 0, 1 - 1e-12);
    within('beta2', beta2, 0, 1 - 1e-12);
    within('epsilon', epsilon, Number.MIN_VALUE, 1);
    within('weightDecay', weightDecay, 0, 1e6);
    within('clipNorm', clipNorm, 0, Number.MAX_VALUE);
    const names = new Set<string>();
    this.#slots = variables.map((variable) => {
      require(variable.dtype === 'float32' && !names.has(variable.name), 'ERR_VALUE', () =>
        `FusedAdam: variable ${variable.name} is ${variable.dtype}${names.has(variable.name) ? ', and given twice' : ''}`);
      names.add(variable.name);
      return { variable, first: new Float32Array(variable.size), second: new Float32Array(variable.size) };
    });
  }

  /** Updates made so far. */
  get step(): number {
    return this.#step;
  }

  /**
   * Computes f and its gradients, then makes one update.
   * @param f returns a scalar that depends on every variable
   * @returns that scalar, for the caller to dispose
   */
  minimize(f: () => tf.Scalar): tf.Scalar {
    const { value, grads } = tf.variableGrads(
      f,
      this.#slots.map(({ variable }) => variable),
    );
    try {
      this.applyGradients(grads);
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
    if (backend === null) throw new CohearError('ERR_MISSING', "FusedAdam: want tf.setBackend('cohear')");
    const arrays: Float32Array[] = [];
    const updates: { variable: tf.Variable; out: Float32Array }[] = [];
    for (const { variable, first, second } of this.#slots) {
      const gradient = gradients[variable.name];
      if (gradient == null) continue;
      const values = backend.floats(variable);
      const slope = backend.floats(gradient);
      require(values !== null &&
        slope !== null, 'ERR_DTYPE', `FusedAdam: ${variable.name} or its gradient is not float32`);
      // Into memory of its own: clones of the variable, and arrays read from it, keep the old values.
      const out = backend.pool.float32(variable.size);
      arrays.push(values, slope, first, second, out);
      updates.push({ variable, out });
    }
    const { beta1, beta2, epsilon, weightDecay, clipNorm } = this.#options;
    const norm = addon.adamStep(
      arrays,
      Float64Array.of(this.learningRate, beta1, beta2, epsilon, weightDecay, clipNorm, this.#step + 1),
    );
    this.#step++;
    for (const { variable, out } of updates)
      variable.assign(tf.engine().makeTensorFromTensorInfo(backend.output(variable.shape, out)));
    return norm;
  }

  /** A copy of all that is remembered. */
  state(): AdamState {
    const copies = (key: 'first' | 'second') =>
      Object.fromEntries(this.#slots.map((slot) => [slot.variable.name, slot[key].slice()]));
    return { step: this.#step, first: copies('first'), second: copies('second') };
  }

  /**
   * Continues from a state (copied).
   * @throws CohearError ERR_SHAPE when a variable is missing from it or has another size; nothing is changed then
   */
  restore(state: AdamState): void {
    for (const { variable } of this.#slots) {
      const [first, second] = [state.first[variable.name], state.second[variable.name]];
      require(first?.length === variable.size && second?.length === variable.size, 'ERR_SHAPE', () =>
        `FusedAdam.restore: ${variable.name} has ${variable.size} numbers, the state ${first?.length ?? 'none'}`);
    }
    require(Number.isInteger(state.step) && state.step >= 0, 'ERR_VALUE', () =>
      `FusedAdam.restore: step is ${state.step}, want a whole number of at least 0`);
    for (const { variable, first, second } of this.#slots) {
      first.set(state.first[variable.name]!);
      second.set(state.second[variable.name]!);
    }
    this.#step = state.step;
  }
}
