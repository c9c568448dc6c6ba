// The package's front. `cohear/sampler` and `cohear/tensor` are the doors for those who want one part alone.
export { type Matrix, type Rows, RowTable, RowWriter, type Storage } from './artifacts/index.js';
export { CohearError, type ErrorCode } from './errors/index.js';
export {
  type Evaluation,
  evaluate,
  formatTable,
  itemKnn,
  judgedPairs,
  meanVectors,
  popularity,
  type Recommender,
  vectorRecommender,
} from './evaluation/index.js';
export {
  type Catalogue,
  type Dataset,
  type EventLog,
  type Histories,
  histories,
  readDataset,
  splitTimes,
  type Users,
} from './events/index.js';
export {
  addEdges,
  buildItemGraph,
  coldNodes,
  graphFromEdges,
  graphStats,
  ItemGraph,
  neighbourScores,
  prune,
  readItemGraph,
  textNeighbours,
} from './graph/index.js';
export { embedCatalogue, Hgnn, type HgnnOptions, trainHgnn } from './hgnn/index.js';
export { setThreads, simd, threads } from './native/index.js';
export {
  type Config,
  type ConfigInput,
  defineConfig,
  loadConfig,
  openRecommendations,
  type Recommendations,
  runPipeline,
  version,
} from './pipeline/index.js';
export type { LongWork, Progress, ProgressEvent } from './progress/index.js';
export { topK, topKSync } from './retrieval/index.js';
export { generate as generatePlatform, type SynthOptions } from './synth/index.js';
export {
  cachedEncode,
  describeItems,
  distill,
  type EncodeWork,
  encodeToFile,
  endpointEncoder,
  hashingEncoder,
  itemTexts,
  onnxEncoder,
  staticEncoder,
  type TextEncoder,
} from './text/index.js';
export { servingVectors, TwoTower, type TwoTowerOptions, trainTwoTower } from './two-tower/index.js';
