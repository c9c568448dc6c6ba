import { matrix } from '../../artifacts/index.js';
import { addon } from '../../native/index.js';
import type { Factors } from '../../native/linalg.js';
import type { LongWork } from '../../progress/index.js';
import { watched } from '../../progress/watch.js';
import type { Recommender, SystemName } from '../types.js';
import { nativeInteractions, type SeededInteractionOptions } from './learnt.js';
import { vectorRecommender } from './vectors.js';

export interface AlsOptions extends SeededInteractionOptions {
  /** Width of the vectors. Default 64. */
  readonly factors?: number;
  /** Default 0.01. */
  readonly regularization?: number;
  /** Weight of what a user took; all else has weight 1 and target 0. Default 10. */
  readonly confidence?: number;
  /** Rounds over users and items. Default 15. */
  readonly iterations?: number;
  /** Steps of conjugate gradient per row and round. Default 3. */
  readonly steps?: number;
}

/**
 * Implicit ALS (Hu, Koren and Volinsky, ICDM 2008): vectors that minimise
 * Σ_ui c_ui (p_ui − x_u · y_i)² + regularization (Σ |x_u|² + Σ |y_i|²), where p = 1 and c = confidence for what was
 * taken, p = 0 and c = 1 for the rest. Every row is solved by conjugate gradient from where it was.
 * @throws CohearError ERR_RANGE, ERR_CANCELLED
 */
export async function als(options: AlsOptions, work: LongWork = {}): Promise<Recommender> {
  const { factors = 64, regularization = 0.01, confidence = 10, iterations = 15, steps = 3, seed } = options;
  return learn('als', options, factors, (interactions) =>
    watched(work, 'als', iterations, 'rounds', (watch) =>
      addon.als(interactions, { factors, regularization, confidence, iterations, steps, seed }, watch),
    ),
  );
}

export interface BprOptions extends SeededInteractionOptions {
  /** Width of the vectors. Default 64. */
  readonly factors?: number;
  /** Step size of Adam. Default 0.001. */
  readonly learningRate?: number;
  /** Weight of |x_u|² + |y_i|² + |y_j|² per triple, halved. Default 0.001. */
  readonly regularization?: number;
  /** Passes of as many triples as there are interactions. Default 100. */
  readonly epochs?: number;
  /** Triples per step. Default 2048. */
  readonly batch?: number;
}

/**
 * BPR-MF (Rendle et al., UAI 2009): vectors that maximise Σ log σ(x_u · (y_i − y_j)) over triples of an interaction
 * (u, i) and an item j that u has not taken, both drawn uniformly. Adam in mini-batches on the rows they touch.
 * @throws CohearError ERR_RANGE, ERR_CANCELLED
 */
export async function bpr(options: BprOptions, work: LongWork = {}): Promise<Recommender> {
  const {
    factors = 64,
    learningRate = 1e-3,
    regularization = 1e-3,
    epochs = 100,
    batch = 2048,
    seed,
  } = options;
  return learn('bpr', options, factors, (interactions) =>
    watched(work, 'bpr', epochs, 'epochs', (watch) =>
      addon.bpr(interactions, { factors, learningRate, regularization, epochs, batch, seed }, watch),
    ),
  );
}

async function learn(
  name: SystemName,
  options: SeededInteractionOptions,
  factors: number,
  call: (interactions: ReturnType<typeof nativeInteractions>) => Promise<Factors>,
): Promise<Recommender> {
  const interactions = nativeInteractions(options);
  try {
    const { users, items } = await call(interactions);
    return vectorRecommender(name, {
      userVectors: matrix(options.history.users, factors, users),
      itemVectors: matrix(options.items, factors, items),
    });
  } finally {
    interactions.close();
  }
}
