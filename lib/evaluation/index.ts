export {
  type Compared,
  type ComparedFigure,
  type CompareOptions,
  type Contender,
  compare,
} from './compare.js';
export { type Compatibility, type CompatibilityOptions, compatibility } from './compatibility.js';
export { type EvaluateOptions, evaluate, type RankedEvaluation } from './evaluate.js';
export {
  coldUsers,
  type HeldOut,
  holdOutGiven,
  holdOutLast,
  holdOutShare,
  holdOutWindow,
  withoutItems,
} from './held-out.js';
export { type Interactions, interactionsOf } from './interactions.js';
export { type JudgeOptions, judge, type RankedSystem } from './judge.js';
export { judgedPairs, seenItems, type Window } from './judged.js';
export { LIST_METRIC, RANK_METRIC, rankMetric } from './metrics.js';
export { type EaseOptions, ease } from './recommenders/ease.js';
export { type AlsOptions, als, type BprOptions, bpr } from './recommenders/factorisation.js';
export { type GfCfOptions, gfCf } from './recommenders/gf-cf.js';
export { type ItemKnnOptions, itemKnn } from './recommenders/item-knn.js';
export { type MeanVectorsOptions, meanVectors } from './recommenders/mean-vectors.js';
export { type PopularityOptions, popularity } from './recommenders/popularity.js';
export { exposures, type RerankedOptions, reranked } from './recommenders/reranked.js';
export { type VectorRecommenderOptions, vectorRecommender } from './recommenders/vectors.js';
export {
  type ItemPenalties,
  type RerankStrengths,
  rerankList,
  reranks,
  scaled,
  type TypeCandidates,
  typeShares,
} from './rerank.js';
export {
  evaluateSimilar,
  formatSimilar,
  ownItem,
  type SimilarEvaluation,
  type SimilarOptions,
} from './similar.js';
export { alignColumns, formatTable } from './table.js';
export { type NeighbourHits, type NeighbourHitsOptions, neighbourHits } from './text-neighbours.js';
export {
  type CandidatePool,
  DEFAULT_SYSTEMS,
  type Evaluation,
  type Figure,
  type Interval,
  type ItemSlice,
  type Judged,
  LIST_METRICS,
  METRICS,
  type PairedResult,
  type Recommender,
  type Slice,
  SYSTEM_NAMES,
  type SystemName,
  type SystemResult,
  type UserSlice,
} from './types.js';
