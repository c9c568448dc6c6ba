import type { Matrix } from '../artifacts/index.js';
import type { LongWork } from '../progress/index.js';

/** Turns texts into vectors. A text that is empty or only spaces becomes a row of zeros. */
export interface TextEncoder {
  readonly name: string;
  readonly dimension: number;
  /** Changes whenever the output for some text would: model and tokenizer files, settings, library versions. */
  readonly fingerprint: string;
  /**
   * One row per text, in the order given, of unit length (or zero, for an empty text).
   * @returns Matrix of texts.length x dimension
   * @throws CohearError ERR_CANCELLED when `work.signal` aborts
   */
  encode(texts: readonly string[], work?: LongWork): Promise<Matrix>;
  /** The same for what somebody searches for, where the model tells queries from passages. */
  encodeQueries?(texts: readonly string[], work?: LongWork): Promise<Matrix>;
  /**
   * What encoding the texts would take, in words, asked before it starts.
   * @throws CohearError ERR_CONFIG where that is over a limit
   */
  plan?(texts: readonly string[]): string;
  /** Gives back what the encoder holds (threads, models). May be called twice; encode() then fails. */
  close?(): Promise<void>;
}
