export type { CurvePoint, ModelCard } from './card.js';
export type { Checkpoint } from './checkpoint.js';
export {
  type Config,
  type ConfigInput,
  configSchema,
  defineConfig,
  loadConfig,
  resolveConfig,
} from './config/index.js';
export { type RunEvent, type RunOptions, type RunResult, runStages } from './engine.js';
export { evaluateText, type TextEvaluation } from './evaluate-text.js';
export { type StoredGraphStats, storedGraphStats } from './graph-stats.js';
export {
  formatLeakcheck,
  type LeakCheck,
  type LeakReport,
  leakcheck,
  requireNoLeaks,
} from './leakcheck/index.js';
export { type Manifest, readManifest } from './manifest.js';
export { openStoredRun, type StoredRun } from './read.js';
export {
  type ListedItem,
  type ListOptions,
  openRecommendations,
  type Recommendations,
  type SearchOptions,
  type SearchSpace,
} from './recommendations.js';
export { type PipelineOptions, runPipeline } from './run.js';
export {
  type AnyStage,
  type Artifact,
  defineStage,
  type Inputs,
  type Needs,
  type OutputOf,
  type Sources,
  type Stage,
  type StageContext,
} from './stage.js';
export type { StageRecord } from './store.js';
export { storedConfig } from './stored-config.js';
export {
  type AblateOptions,
  type Ablation,
  ablate,
  readVariants,
  type StudyEvent,
  variantsOf,
} from './study/ablate.js';
export { formatAblation } from './study/ablation-table.js';
export { readSpace, type Space } from './study/space.js';
export {
  formatPlan,
  formatTuning,
  type TuneOptions,
  type TunePlan,
  type Tuning,
  tune,
} from './study/tune.js';
export { parseVariantFlags, type Variant } from './study/variants.js';
export { version } from './version.js';
