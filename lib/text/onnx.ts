import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import type { Tokenizer } from 'tokenizers';
import { fingerprint, hashFile, type Matrix, matrix } from '../artifacts/index.js';
import { CohearError } from '../errors/index.js';
import { threads } from '../native/index.js';
import type { LongWork } from '../progress/index.js';
import { batchesByLength } from './batches.js';
import { type MODEL_FILES, type Pooling, readLayout } from './onnx-layout.js';
import { SessionPool } from './onnx-pool.js';
import type { EncodeWork, TextEncoder } from './types.js';

export interface OnnxOptions {
  /** A folder in Hugging Face layout: config.json, tokenizer.json and the model, as exported for transformers.js. */
  readonly folder: string;
  /** The model's file in the folder, quantised or not. Default: the first there is of {@link MODEL_FILES}. */
  readonly model?: string | undefined;
  /** Longer texts are cut to so many tokens, special ones included. Default 256, or fewer where the model says. */
  readonly maxTokens?: number | undefined;
  /**
   * How token vectors become one: "mean" over the tokens, "cls" the first (BGE), "last" (decoders), "none" where the
   * model itself gives one vector a text. Default: what 1_Pooling/config.json says, else mean.
   */
  readonly pooling?: Pooling | undefined;
  /** Width of the vectors, where it is not the model's hidden_size. */
  readonly dimension?: number | undefined;
  /** Put before every text, e.g. "passage: ". Default: the prompt "passage" or "document" of the model, if any. */
  readonly prefix?: string | undefined;
  /** Put before a text that is searched for. Default: the model's prompt "query", else `prefix`. */
  readonly queryPrefix?: string | undefined;
}

/** A local sentence encoder, which can also be fed token ids. */
export interface OnnxEncoder extends TextEncoder {
  readonly modelFile: string;
  /** Rows of token lists as they would be of texts; the special tokens are put around each here. */
  encodeTokens(tokens: readonly Int32Array[], work?: LongWork): Promise<Matrix>;
  close(): Promise<void>;
}

const VERSION = 1;
const TOKENIZE_AT_ONCE = 1024;
const packages = createRequire(import.meta.url);

function loadTokenizer(file: string): Tokenizer {
  let library: typeof import('tokenizers');
  try {
    library = packages('tokenizers');
  } catch (cause) {
    throw new CohearError(
      'ERR_MISSING',
      'the package tokenizers cannot be loaded; run `npm install tokenizers`, or use the encoder "built-in". ' +
        `Cause: ${(cause as Error).message}`,
      { cause },
    );
  }
  try {
    return library.Tokenizer.fromFile(file);
  } catch (cause) {
    throw new CohearError('ERR_FORMAT', `${file}: not a tokenizer: ${(cause as Error).message}`, { cause });
  }
}

const stopper = (work: LongWork) => () => {
  if (work.signal?.aborted) throw new CohearError('ERR_CANCELLED', 'text encoding was stopped');
};

/** A package's version, part of the fingerprint since another build may round otherwise. */
async function versionOf(name: string): Promise<string> {
  try {
    return JSON.parse(await readFile(packages.resolve(`${name}/package.json`), 'utf8')).version;
  } catch {
    return 'unknown';
  }
}

/**
 * A local sentence encoder: ONNX model, Hugging Face tokenizer, pooling, unit length. What the folder says of
 * pooling, length and prompts (sentence-transformers' files) is kept to.
 *
 * Texts of equal token count go through the model together, nothing is padded, and every session has one intra-op
 * thread; as many sessions run as native work has threads. So a row has the same bits at any thread count and
 * beside any other texts (on one machine: another kind of processor may round otherwise).
 * @throws CohearError ERR_MISSING when the folder, a file of it or a package is not there; ERR_FORMAT when a file
 *   is not what it should be (a model's faults show in the first encode()); ERR_RANGE for maxTokens
 */
export async function onnxEncoder(options: OnnxOptions): Promise<OnnxEncoder> {
  const layout = await readLayout(options);
  const { dimension, maxTokens, pooling, prefix, queryPrefix } = layout;
  const tokenizer = loadTokenizer(layout.tokenizer);
  tokenizer.setTruncation(maxTokens); // keeps the closing special token
  tokenizer.disablePadding();
  const pool = new SessionPool({ from: import.meta.url, model: layout.model, dimension, pooling });

  async function tokenize(texts: readonly string[], before: string, stop: () => void): Promise<Int32Array[]> {
    const tokens: Int32Array[] = [];
    for (let at = 0; at < texts.length; at += TOKENIZE_AT_ONCE) {
      stop();
      const encodings = await tokenizer.encodeBatch(
        texts.slice(at, at + TOKENIZE_AT_ONCE).map((text) => before + text),
      );
      encodings.forEach((encoding, i) => {
        tokens.push(texts[at + i]!.trim() === '' ? new Int32Array(0) : Int32Array.from(encoding.getIds()));
      });
    }
    return tokens;
  }

  /** Rows of token lists, special tokens included; an empty list gives zeros. */
  async function run(tokens: readonly Int32Array[], work: EncodeWork): Promise<Matrix> {
    const stop = stopper(work);
    const report = (done: number) =>
      work.onProgress?.({ task: 'encode texts', done, total: tokens.length, unit: 'texts' });
    const out = matrix(tokens.length, dimension);
    const batches = batchesByLength(tokens.map((ids) => ids.length));
    let done = tokens.length - batches.reduce((sum, batch) => sum + batch.texts.length, 0);
    report(done);
    await pool.run(
      batches.length,
      threads(),
      (task) => {
        stop();
        const { length, texts: members } = batches[task]!;
        const ids = new Int32Array(members.length * length);
        members.forEach((text, i) => {
          ids.set(tokens[text]!, i * length);
        });
        return { batch: members.length, length, ids };
      },
      (task, rows) => {
        const members = batches[task]!.texts;
        members.forEach((text, i) => {
          out.data.set(rows.subarray(i * dimension, (i + 1) * dimension), text * dimension);
        });
        work.onRows?.(members, rows);
        report((done += members.length));
      },
    );
    return out;
  }

  return {
    name: basename(options.folder),
    dimension,
    textsAtOnce: 8192,
    fingerprint: fingerprint({
      encoder: 'onnx',
      version: VERSION,
      model: await hashFile(layout.model),
      tokenizer: await hashFile(layout.tokenizer),
      maxTokens,
      pooling,
      ...(prefix !== '' && { prefix }),
      runtime: [await versionOf('onnxruntime-node'), await versionOf('tokenizers')],
    }),
    modelFile: layout.model,
    encode: async (texts, work = {}) => run(await tokenize(texts, prefix, stopper(work)), work),
    encodeQueries: async (texts, work = {}) => run(await tokenize(texts, queryPrefix, stopper(work)), work),
    async encodeTokens(tokens, work = {}) {
      const whole = [...(await tokenizer.encode('a')).getIds()];
      const inner = [...(await tokenizer.encode('a', null, { addSpecialTokens: false })).getIds()];
      const begin = whole.indexOf(inner[0]!);
      const [before, after] = [whole.slice(0, begin), whole.slice(begin + inner.length)];
      return run(
        tokens.map((ids) => Int32Array.of(...before, ...ids, ...after)),
        work,
      );
    },
    close: () => pool.close(),
  };
}
