import { fingerprint } from '../artifacts/index.js';
import { require } from '../errors/index.js';
import { encodeNative, TEXTS_AT_ONCE } from './packed.js';
import type { TextEncoder } from './types.js';

export interface HashingOptions {
  /** Width of a vector, 8 to 65,536. Default 256. */
  readonly dimension?: number;
  /** Another seed gives other collisions. A whole number from 0 to 2^32 - 1; default 0. */
  readonly seed?: number;
}

const VERSION = 1;

/**
 * The encoder that needs no table: hashed words and character n-grams, in native code. It sees shared spelling, not
 * meaning ("couch" and "sofa" are strangers).
 *
 * x_j = Σ over features f with index(f) = j of sign(f) · weight(f) · (1 + ln count(f)), then unit length;
 * a feature is a lower-cased word (weight 1) or a 3-, 4- or 5-gram of it (weight 0.5). Index and sign come from
 * one 32-bit hash (Weinberger et al., "Feature hashing", ICML 2009). A row depends on its own text alone.
 */
export function hashingEncoder(options: HashingOptions = {}): TextEncoder {
  const { dimension = 256, seed = 0 } = options;
  require(Number.isInteger(dimension) && dimension >= 8 && dimension <= 65_536, 'ERR_RANGE', () =>
    `hashingEncoder: want a dimension from 8 to 65536, got ${dimension}`);
  require(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32, 'ERR_RANGE', () =>
    `hashingEncoder: want a seed from 0 to 2^32 - 1, got ${seed}`);
  return {
    name: 'hashing',
    dimension,
    textsAtOnce: TEXTS_AT_ONCE,
    quick: true,
    fingerprint: fingerprint({ encoder: 'hashing', version: VERSION, dimension, seed }),
    encode: (texts, work = {}) => encodeNative(texts, { hashed: dimension, seed }, work),
  };
}
