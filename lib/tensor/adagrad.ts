import type * as tf from '@tensorflow/tfjs-core';
import { addon } from '../native/index.js';
import { FusedOptimizer, within } from './optimizer.js';
import type { Schedule } from './schedule.js';

export interface AdagradOptions {
  /** Default 1e-2. */
  readonly learningRate?: number | Schedule;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** Gradients are scaled down together so that their global norm is at most this. Default: never. */
  readonly clipNorm?: number;
}

/** Adagrad (Duchi, Hazan & Singer, 2011): g = clip(gradient); s += g²; p -= lr g / (sqrt(s) + eps). */
export class FusedAdagrad extends FusedOptimizer {
  readonly #epsilon: number;
  readonly #clipNorm: number;

  /** @throws CohearError ERR_VALUE for an option out of range, two variables of one name, or one not float32 */
  constructor(
    variables: readonly tf.Variable[],
    { learningRate = 1e-2, epsilon = 1e-8, clipNorm = 0 }: AdagradOptions = {},
  ) {
    super('adagrad', ['squares'], variables, learningRate);
    within('FusedAdagrad', 'epsilon', epsilon, Number.MIN_VALUE, 1);
    within('FusedAdagrad', 'clipNorm', clipNorm, 0, Number.MAX_VALUE);
    this.#epsilon = epsilon;
    this.#clipNorm = clipNorm;
  }

  protected override update(arrays: Float32Array[], learningRate: number): number {
    return addon.adagradStep(arrays, Float64Array.of(learningRate, this.#epsilon, this.#clipNorm));
  }
}
