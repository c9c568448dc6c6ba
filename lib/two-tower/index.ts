export { type InputWidths, type Moment, MomentInputs, type World } from './inputs.js';
export { TowerPair, TwoTower, type TwoTowerShape, towerShape } from './model.js';
export type { TwoTowerOptions } from './options.js';
export type { ProfileOptions } from './profiles.js';
export { type Examples, planSnapshots, type SnapshotPlan, snapshotExamples } from './snapshots.js';
export { firstAtOrAfter, type ItemTimes, itemStatistics, itemTimes, timesByStrength } from './statistics.js';
export { arranged, type Features, tableFeatures } from './table-features.js';
export { type TrainingSnapshot, type TwoTowerTraining, type TwoTowerWork, trainTwoTower } from './train.js';
export { type ServingVectors, servingVectors, vectorWidth } from './vectors.js';
