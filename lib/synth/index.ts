export { generate, type SynthOptions, type SynthReport } from './generate.js';
export { drawItems, type Items } from './items.js';
export { type SynthParameters, type SynthSizes, synthSchema } from './options.js';
export type { SynthStatistics } from './statistics.js';
