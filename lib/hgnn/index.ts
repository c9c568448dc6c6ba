export { embedCatalogue } from './embed.js';
export { Hgnn, type HgnnShape, type LayerInput, type RelationKey } from './model.js';
export type { HgnnOptions } from './options.js';
export { type HgnnEpoch, type HgnnTraining, trainHgnn } from './train.js';
