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
  /** Gives back what the encoder holds (threads, models). May be called twice; encode() then fails. */
  close?(): Promise<void>;
}
