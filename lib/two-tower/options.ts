import type { Seed } from '../random/index.js';

/** Settings of the two towers and their training. */
export interface TwoTowerOptions {
  /** Widths of the hidden layers of each tower. */
  readonly hidden: readonly number[];
  /** Width of the shared space. */
  readonly out: number;
  /** Softmax temperature: logits are cosines divided by it. */
  readonly temperature: number;
  /** Examples per step. */
  readonly batch: number;
  /** Catalogue items drawn uniformly as further negatives, per step. */
  readonly uniformNegatives: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  /** An example of a user with n examples in its snapshot weighs n^−userBalance: at 1 all users count alike. */
  readonly userBalance: number;
  /** Days of a user's past that enter their input; null for all of it. */
  readonly windowDays: number | null;
  readonly seed: Seed;
}
