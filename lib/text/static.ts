import { fileURLToPath } from 'node:url';
import { fingerprint } from '../artifacts/index.js';
import { require } from '../errors/index.js';
import { encodeNative, TEXTS_AT_ONCE } from './packed.js';
import { openStaticTable } from './static-table.js';
import type { TextEncoder } from './types.js';

export interface StaticOptions {
  /** A table of `cohear distill`. Default: the one that the package brings, from all-MiniLM-L6-v2. */
  readonly table?: string | undefined;
  /** Width of the hashed part beside it, 0 to 65,536; 0 for none. Default 256. */
  readonly hashed?: number | undefined;
}

export const BUILT_IN_TABLE = fileURLToPath(
  new URL('../../assets/static-encoder/table.safetensors', import.meta.url),
);

const VERSION = 1;

/**
 * A static encoder: no model runs, a text is the mean of its tokens' fixed vectors, which were distilled from a
 * sentence encoder; beside it the hashed words and n-grams of {@link hashingEncoder}, which tell apart what the
 * table blurs (names, sizes, numbers):
 *
 *     x = [ unit(Σ over tokens t of v_t), unit(hashed(text)) ] / √2
 *
 * A row depends on its own text alone, and has the same bits at any thread count and on any machine.
 * @throws CohearError ERR_MISSING or ERR_FORMAT for the table, ERR_RANGE for `hashed`
 */
export async function staticEncoder(options: StaticOptions = {}): Promise<TextEncoder> {
  const { table: file = BUILT_IN_TABLE, hashed = 256 } = options;
  require(Number.isInteger(hashed) && hashed >= 0 && hashed <= 65_536, 'ERR_RANGE', () =>
    `staticEncoder: want a hashed width from 0 to 65536, got ${hashed}`);
  const { handle, dimension, hash } = await openStaticTable(file);
  const plan = { static: { table: handle, dimension }, hashed, seed: 0 };
  return {
    name: file === BUILT_IN_TABLE ? 'built-in' : 'static',
    dimension: dimension + hashed,
    textsAtOnce: TEXTS_AT_ONCE,
    quick: true,
    fingerprint: fingerprint({ encoder: 'static', version: VERSION, table: hash, hashed }),
    encode: (texts, work = {}) => encodeNative(texts, plan, work),
    async close() {
      handle.close();
    },
  };
}
