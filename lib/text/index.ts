export { type CacheOptions, cachedEncode } from './cache.js';
export { cleanText } from './clean.js';
export { makeEncoder, type TextConfig, textSchema } from './config.js';
export { type HashingOptions, hashingEncoder } from './hashing.js';
export { DEFAULT_TEMPLATE, type ItemTexts, itemTexts } from './item-texts.js';
export { MODEL_FILES, type OnnxOptions, onnxEncoder } from './onnx.js';
export type { TextEncoder } from './types.js';
