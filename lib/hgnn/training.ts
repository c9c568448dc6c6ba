import type { Checkpoint, NamedTensor } from '../artifacts/index.js';
import type { ItemGraph } from '../graph/index.js';
import type { LongWork } from '../progress/index.js';
import type { NodeFeatures } from './features.js';
import type { Hgnn } from './model.js';

export interface HgnnTraining {
  readonly model: Hgnn;
  /** One line per epoch. */
  readonly curve: readonly HgnnEpoch[];
  readonly bestEpoch: number;
}
export interface HgnnEpoch {
  readonly epoch: number;
  readonly steps: number;
  readonly loss: number;
  readonly validationLoss: number;
  /** Share of validation edges that score above their negative (ties count half). */
  readonly validationAccuracy: number;
}

/** What the foundation layer is trained on. */
export interface HgnnData {
  /** Supervision, and what messages go along unless `messages` says otherwise. */
  readonly graph: ItemGraph;
  /** The unpruned graph. */
  readonly full: ItemGraph;
  readonly features: NodeFeatures;
  readonly types: readonly string[];
  /** Weights to start from; those that they lack start as in a new model. */
  readonly start?: Readonly<Record<string, NamedTensor>> | undefined;
  /** Makes what messages go along of the training edges, see {@link messageGraph}. Default: themselves. */
  readonly messages?: ((train: ItemGraph) => Promise<ItemGraph>) | undefined;
}

/** How a training is run. */
export interface HgnnWork extends LongWork {
  readonly checkpoint?: Checkpoint | undefined;
  /** What progress calls it. */
  readonly name?: string;
}
