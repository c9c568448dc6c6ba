import type * as tf from '@tensorflow/tfjs-core';
import { addon } from '../native/index.js';
import { FusedOptimizer, within } from './optimizer.js';
import type { Schedule } from './schedule.js';

export interface AdamOptions {
  /** Default 1e-3. May be changed later through {@link FusedOptimizer.learningRate}. */
  readonly learningRate?: number | Schedule;
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

/**
 * Adam (Kingma & Ba, 2015), and AdamW (Loshchilov & Hutter, 2019) with a weight decay:
 * g = clip(gradient); m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g²;
 * p -= lr m̂ / (sqrt(v̂) + eps) + lr weightDecay p, with m̂ = m / (1 - b1^t), v̂ = v / (1 - b2^t).
 */
export class FusedAdam extends FusedOptimizer {
  readonly #options: Required<Omit<AdamOptions, 'learningRate'>>;

  /** @throws CohearError ERR_VALUE for an option out of range, two variables of one name, or one not float32 */
  constructor(variables: readonly tf.Variable[], options: AdamOptions = {}) {
    super('adam', ['first', 'second'], variables, options.learningRate ?? 1e-3);
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0, clipNorm = 0 } = options;
    this.#options = { beta1, beta2, epsilon, weightDecay, clipNorm };
    within('FusedAdam', 'beta1', beta1, 0, 1 - 1e-12);
    within('FusedAdam', 'beta2', beta2, 0, 1 - 1e-12);
    within('FusedAdam', 'epsilon', epsilon, Number.MIN_VALUE, 1);
    within('FusedAdam', 'weightDecay', weightDecay, 0, 1e6);
    within('FusedAdam', 'clipNorm', clipNorm, 0, Number.MAX_VALUE);
  }

  protected override update(arrays: Float32Array[], learningRate: number, step: number): number {
    const { beta1, beta2, epsilon, weightDecay, clipNorm } = this.#options;
    return addon.adamStep(
      arrays,
      Float64Array.of(learningRate, beta1, beta2, epsilon, weightDecay, clipNorm, step),
    );
  }
}
