import type { Matrix } from '../artifacts/index.js';
import type { LongWork } from '../progress/index.js';

export interface EncodeWork extends LongWork {
  /**
   * Told of rows as soon as a batch of them is finished: rows[i * dimension ..) is the row of texts[places[i]].
   * What it throws ends the encoding.
   */
  readonly onRows?: ((places: ArrayLike<number>, rows: Float32Array) => void) | undefined;
}

/** Turns texts into vectors. A text that is empty or only spaces becomes a row of zeros. */
export interface TextEncoder {
  /** Of the model, for people. */
  readonly name: string;
  readonly dimension: number;
  /** Changes whenever the output for some text would: model and tokenizer files, settings, library versions. */
  readonly fingerprint: string;
  /** How many texts one call of encode() is best given, where there are more. Default 1,024. */
  readonly textsAtOnce?: number;
  /** Encoding takes less time than keeping rows and reading them back: they are made anew each time. Default false. */
  readonly quick?: boolean;
  /**
   * One row per text, in the order given, of unit length (or zero, for an empty text).
   * @returns Matrix of texts.length x dimension
   * @throws CohearError ERR_CANCELLED when `work.signal` aborts
   */
  encode(texts: readonly string[], work?: EncodeWork): Promise<Matrix>;
  /** The same for what somebody searches for, where the model tells queries from passages. */
  encodeQueries?(texts: readonly string[], work?: LongWork): Promise<Matrix>;
  /**
   * What encoding the texts would take, in words, asked before it starts.
   * @throws CohearError ERR_CONFIG where that is over a limit
   */
  plan?(texts: Iterable<string>): string;
  /** Gives back what the encoder holds (threads, models). May be called twice; encode() then fails. */
  close?(): Promise<void>;
}
