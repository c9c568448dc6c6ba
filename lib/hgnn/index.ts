export { procrustes, rotated } from './align.js';
export { embedCatalogue } from './embed.js';
export type { NodeFeatures } from './features.js';
export { type MessageOptions, messageGraph } from './messages.js';
export { Hgnn, type HgnnShape, type LayerInput, type RelationKey, type WeightedBlock } from './model.js';
export type { HgnnOptions } from './options.js';
export { RowSpan } from './row-span.js';
export { trainHgnn } from './train.js';
export type { HgnnData, HgnnEpoch, HgnnTraining, HgnnWork } from './training.js';
