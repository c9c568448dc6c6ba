import { fingerprint, matrix } from '../artifacts/index.js';
import { CohearError, require } from '../errors/index.js';
import type { LongWork } from '../progress/index.js';
import type { TextEncoder } from './types.js';

export interface HashingOptions {
  /** Width of a vector, 8 to 65,536. Default 256. */
  readonly dimension?: number;
  /** Another seed gives other collisions. A whole number from 0 to 2^32 - 1; default 0. */
  readonly seed?: number;
}

const SHORTEST = 3;
const LONGEST = 5;
/** A word's n-grams together should not drown the word itself. */
const NGRAM_WEIGHT = 0.5;
const YIELD_EVERY = 2048;
const WORD = /[\p{L}\p{N}]+/gu;
const VERSION = 1;

/** Spreads every input bit over every output bit (MurmurHash3's finaliser). */
function mix(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Adds the features of one word: the word, and the 3- to 5-grams of it between "^" and "$". */
function countFeatures(
  word: string,
  seed: number,
  words: Map<number, number>,
  grams: Map<number, number>,
): void {
  const bounded = `^${word}$`;
  const count = (into: Map<number, number>, hash: number) => into.set(hash, (into.get(hash) ?? 0) + 1);
  let whole = seed ^ 0x811c9dc5;
  for (let i = 0; i < bounded.length; i++) whole = Math.imul(whole ^ bounded.charCodeAt(i), 0x01000193);
  count(words, mix(whole));
  for (let start = 0; start + SHORTEST <= bounded.length; start++) {
    let hash = seed ^ 0x9747b28c;
    for (let i = start; i < bounded.length && i < start + LONGEST; i++) {
      hash = Math.imul(hash ^ bounded.charCodeAt(i), 0x01000193);
      if (i - start + 1 >= SHORTEST) count(grams, mix(hash));
    }
  }
}

/**
 * The encoder that needs nothing: hashed words and character n-grams. A fallback, for tests, demos and machines
 * without a model: it sees shared spelling, not meaning ("couch" and "sofa" are strangers). Use a sentence
 * encoder ({@link onnxEncoder}) for results that matter.
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
  const start = mix(seed + 1);

  /** Features enter in the order of their first appearance, so the sums have one order. */
  function encodeInto(row: Float32Array, text: string): void {
    const words = new Map<number, number>();
    const grams = new Map<number, number>();
    for (const [word] of text.normalize('NFKC').toLowerCase().matchAll(WORD))
      countFeatures(word, start, words, grams);
    const sums = new Float64Array(dimension);
    const add = (counts: Map<number, number>, weight: number) => {
      for (const [hash, count] of counts) {
        const value = weight * (1 + Math.log(count));
        const index = (hash >>> 1) % dimension;
        sums[index]! += hash & 1 ? value : -value;
      }
    };
    add(words, 1);
    add(grams, NGRAM_WEIGHT);
    let square = 0;
    for (const value of sums) square += value * value;
    const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
    for (let i = 0; i < dimension; i++) row[i] = sums[i]! * scale;
  }

  return {
    name: 'hashing',
    dimension,
    fingerprint: fingerprint({ encoder: 'hashing', version: VERSION, dimension, seed }),
    async encode(texts: readonly string[], work: LongWork = {}) {
      const out = matrix(texts.length, dimension);
      for (let i = 0; i < texts.length; i++) {
        if (i % YIELD_EVERY === 0) {
          await new Promise(setImmediate); // lets Ctrl-C and timers through
          if (work.signal?.aborted) throw new CohearError('ERR_CANCELLED', 'text encoding was stopped');
          work.onProgress?.({ task: 'encode texts', done: i, total: texts.length, unit: 'texts' });
        }
        encodeInto(out.data.subarray(i * dimension, (i + 1) * dimension), texts[i]!);
      }
      work.onProgress?.({ task: 'encode texts', done: texts.length, total: texts.length, unit: 'texts' });
      return out;
    },
  };
}
