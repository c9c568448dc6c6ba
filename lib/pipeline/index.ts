export type { Checkpoint } from './checkpoint.js';
export { type RunEvent, type RunOptions, type RunResult, runStages } from './engine.js';
export { type Manifest, readManifest } from './manifest.js';
export { openStoredRun, type StoredRun } from './read.js';
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
export { version } from './version.js';
