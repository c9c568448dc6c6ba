import type { EndpointOptions } from '../../lib/text/index.js';

/** What encode-process.ts does: texts of textsOf(count), with hashing or an endpoint. */
export interface EncodeJob {
  /** Of the cache. */
  readonly folder: string;
  readonly count: number;
  /** Milliseconds before each batch of hashing. */
  readonly pause?: number;
  /** The file that is told of each batch of hashing. */
  readonly log?: string;
  readonly endpoint?: EndpointOptions;
}

export const textsOf = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `text number ${i} of ${'many '.repeat(i % 5)}`);
