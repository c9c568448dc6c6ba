import type { Seed } from '../random/index.js';

/** Settings of the two towers and their training. */
export interface TwoTowerOptions {
  /** Pairs of towers, trained side by side from different first weights; the logit is the mean of theirs. */
  readonly members: number;
  /** Widths of the hidden layers of each tower. */
  readonly hidden: readonly number[];
  /** Width of a member's vectors. */
  readonly out: number;
  /** What is minimised, see {@link trainTwoTower}. */
  readonly loss: 'softmax' | 'literal';
  /** Softmax temperature: logits are cosines divided by it. */
  readonly temperature: number;
  /** Learn the temperature, from `temperature` on. */
  readonly learnTemperature: boolean;
  /** What an example weighs: all alike, or as 1 / the examples of its item or of its type in the snapshot. */
  readonly exampleWeights: 'equal' | 'item' | 'type';
  /** Examples per step. */
  readonly batch: number;
  /** Catalogue items drawn uniformly as further negatives, per step. */
  readonly uniformNegatives: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly seed: Seed;
}
