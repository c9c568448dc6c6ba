export type { EdgeScore, RelationArrays } from '../native/graph.js';
export { type BuildGraphOptions, buildItemGraph, type GraphHistories } from './build.js';
export { ItemGraph, type ItemGraphParts, type OpenGraphOptions, type RelationInfo } from './item-graph.js';
export { type NeighbourBatch, neighbourScores } from './neighbour-scores.js';
export { type PruneOptions, prune } from './prune.js';
