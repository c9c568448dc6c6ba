export { embedCatalogue } from './embed.js';
export type { NodeFeatures } from './features.js';
export { Hgnn, type HgnnShape, type LayerInput, type RelationKey } from './model.js';
export type { HgnnOptions } from './options.js';
export { type HgnnEpoch, type HgnnTraining, type HgnnWork, trainHgnn } from './train.js';
