import { type HashingOptions, hashingEncoder, type TextEncoder } from '../../lib/text/index.js';

/** Hashing as if it were slow: its rows are kept. */
export const slowHashing = (options?: HashingOptions): TextEncoder => ({
  ...hashingEncoder(options),
  quick: false,
});
