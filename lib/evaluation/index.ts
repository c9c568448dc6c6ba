export { type EvaluateOptions, evaluate } from './evaluate.js';
export {
  type HeldOut,
  holdOutGiven,
  holdOutLast,
  holdOutShare,
  holdOutWindow,
  withoutItems,
} from './held-out.js';
export { type Interactions, interactionsOf } from './interactions.js';
export { judgedPairs, type Window } from './judged.js';
export { type EaseOptions, ease } from './recommenders/ease.js';
export { type AlsOptions, als, type BprOptions, bpr } from './recommenders/factorisation.js';
export { type GfCfOptions, gfCf } from './recommenders/gf-cf.js';
export { type ItemKnnOptions, itemKnn } from './recommenders/item-knn.js';
export { type MeanVectorsOptions, meanVectors } from './recommenders/mean-vectors.js';
export { type PopularityOptions, popularity } from './recommenders/popularity.js';
export { type VectorRecommenderOptions, vectorRecommender } from './recommenders/vectors.js';
export { formatTable } from './table.js';
export {
  type CandidatePool,
  DEFAULT_SYSTEMS,
  type Evaluation,
  type Interval,
  type ItemSlice,
  type Judged,
  METRICS,
  type Metric,
  type PairedResult,
  type Recommender,
  type Slice,
  SYSTEM_NAMES,
  type SystemName,
  type SystemResult,
  type UserSlice,
} from './types.js';
