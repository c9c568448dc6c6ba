import type { Seed } from '../random/index.js';
import type { MessageOptions } from './messages.js';

/** Settings of the heterogeneous GNN; the defaults are the method's, or ours where it is silent. */
export interface HgnnOptions extends MessageOptions {
  /** Width of the hidden layer. */
  readonly hidden: number;
  /** Width of the embedding. */
  readonly out: number;
  /** Neighbours sampled per relation, nearest hop first; its length is the number of layers. */
  readonly fanouts: readonly number[];
  /** How a node's messages of a relation become one; the weighted mean weighs by the edges' scores. */
  readonly aggregator: 'max' | 'mean' | 'weighted-mean';
  /** How a node's relations are put together: added up, or side by side and mixed by a matrix. */
  readonly combine: 'sum' | 'concat';
  readonly residual: boolean;
  readonly layerNorm: boolean;
  /** What a supervision edge weighs in the loss: all alike, or as its score. */
  readonly linkWeights: 'equal' | 'score';
  /** Weight of the task that an anchor's embedding finds its own features among those of the batch; 0: none. */
  readonly featureTask: number;
  /** What is minimised, see {@link linkLoss}. */
  readonly loss: 'max-margin' | 'softmax';
  /** τ of the softmax loss. */
  readonly temperature: number;
  /** Δ of the max-margin loss. */
  readonly margin: number;
  /** Random catalogue negatives per supervision edge. */
  readonly negatives: number;
  /** Supervision edges per step. */
  readonly batch: number;
  readonly epochs: number;
  /** Steps per epoch at most; an epoch is a fresh draw of the supervision edges either way. */
  readonly stepsPerEpoch: number;
  /** Epochs without a better validation loss before training stops. */
  readonly patience: number;
  readonly learningRate: number;
  /** Undersample every majority relation to the count of the rarest. */
  readonly balanced: boolean;
  /** Share of undirected edges held out for early stopping. */
  readonly validation: number;
  readonly seed: Seed;
}
