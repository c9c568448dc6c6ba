import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Tokenizer } from 'tokenizers';
import { fingerprint, hashFile, type Matrix, matrix, readJson } from '../artifacts/index.js';
import { CohearError, require } from '../errors/index.js';
import { threads } from '../native/index.js';
import type { LongWork } from '../progress/index.js';
import { batchesByLength } from './batches.js';
import { SessionPool } from './onnx-pool.js';
import type { TextEncoder } from './types.js';

export interface OnnxOptions {
  /** A folder in Hugging Face layout: config.json, tokenizer.json and the model, as exported for transformers.js. */
  readonly folder: string;
  /** The model's file in the folder. Default: the first there is of {@link MODEL_FILES}. */
  readonly model?: string | undefined;
  /** Longer texts are cut to so many tokens, [CLS] and [SEP] included. Default 256, or fewer where the model says. */
  readonly maxTokens?: number | undefined;
  /** "mean" over the tokens (sentence-transformers' usual), or "cls", the first token (BGE, GTE). Default mean. */
  readonly pooling?: 'mean' | 'cls' | undefined;
}

/** A local sentence encoder, which can also be fed token ids. */
export interface OnnxEncoder extends TextEncoder {
  readonly modelFile: string;
  /** Rows of token lists as they would be of texts; the special tokens are put around each here. */
  encodeTokens(tokens: readonly Int32Array[], work?: LongWork): Promise<Matrix>;
  close(): Promise<void>;
}

export const MODEL_FILES = ['onnx/model.onnx', 'onnx/model_quantized.onnx', 'model.onnx'] as const;

const VERSION = 1;
const TOKENIZE_AT_ONCE = 1024;
const packages = createRequire(import.meta.url);

const isFile = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isFile() ?? false;

async function findFiles(folder: string, model: string | undefined) {
  const wanted = model === undefined ? MODEL_FILES : [model];
  const present = await Promise.all(wanted.map((file) => isFile(join(folder, file))));
  const found = wanted[present.indexOf(true)];
  const lacking = [];
  for (const file of ['config.json', 'tokenizer.json'])
    if (!(await isFile(join(folder, file)))) lacking.push(file);
  if (found === undefined) lacking.push(wanted.join(' or '));
  if (lacking.length > 0 || found === undefined)
    throw new CohearError(
      'ERR_MISSING',
      `no sentence encoder in ${folder}: it lacks ${lacking.join(', ')}. Put there a model exported to ONNX in ` +
        'Hugging Face layout (config.json, tokenizer.json, onnx/model.onnx), for instance all-MiniLM-L6-v2, ' +
        'or use the encoder "hashing", which needs no files.',
    );
  return {
    model: join(folder, found),
    tokenizer: join(folder, 'tokenizer.json'),
    config: join(folder, 'config.json'),
  };
}

function loadTokenizer(file: string): Tokenizer {
  let library: typeof import('tokenizers');
  try {
    library = packages('tokenizers');
  } catch (cause) {
    throw new CohearError(
      'ERR_MISSING',
      'the package tokenizers cannot be loaded; run `npm install tokenizers`, or use the encoder "hashing". ' +
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
 * A local sentence encoder: ONNX model, Hugging Face tokenizer, pooling, unit length.
 *
 * Texts of equal token count go through the model together, nothing is padded, and every session has one intra-op
 * thread; as many sessions run as native work has threads. So a row has the same bits at any thread count and
 * beside any other texts (on one machine: another kind of processor may round otherwise).
 * @throws CohearError ERR_MISSING when the folder, a file of it or a package is not there; ERR_FORMAT when a file
 *   is not what it should be (a model's faults show in the first encode()); ERR_RANGE for maxTokens
 */
export async function onnxEncoder(options: OnnxOptions): Promise<OnnxEncoder> {
  const { pooling = 'mean' } = options;
  const files = await findFiles(options.folder, options.model);
  const config = await readJson<{ hidden_size?: number; max_position_embeddings?: number }>(
    files.config,
  ).catch((cause) => {
    throw new CohearError('ERR_FORMAT', `${files.config}: ${(cause as Error).message}`, { cause });
  });
  const dimension = config.hidden_size!;
  require(Number.isInteger(dimension) &&
    dimension > 0, 'ERR_FORMAT', `${files.config}: wants a whole "hidden_size"`);
  const limit = config.max_position_embeddings ?? 512;
  const maxTokens = options.maxTokens ?? Math.min(256, limit);
  require(Number.isInteger(maxTokens) && maxTokens >= 3 && maxTokens <= limit, 'ERR_RANGE', () =>
    `onnxEncoder: want maxTokens from 3 to ${limit}, the model's limit, got ${maxTokens}`);

  const tokenizer = loadTokenizer(files.tokenizer);
  tokenizer.setTruncation(maxTokens); // keeps the closing special token
  tokenizer.disablePadding();
  const pool = new SessionPool({ from: import.meta.url, model: files.model, dimension, pooling });

  async function tokenize(texts: readonly string[], stop: () => void): Promise<Int32Array[]> {
    const tokens: Int32Array[] = [];
    for (let at = 0; at < texts.length; at += TOKENIZE_AT_ONCE) {
      stop();
      const encodings = await tokenizer.encodeBatch(texts.slice(at, at + TOKENIZE_AT_ONCE));
      encodings.forEach((encoding, i) => {
        tokens.push(texts[at + i]!.trim() === '' ? new Int32Array(0) : Int32Array.from(encoding.getIds()));
      });
    }
    return tokens;
  }

  /** Rows of token lists, special tokens included; an empty list gives zeros. */
  async function run(tokens: readonly Int32Array[], work: LongWork): Promise<Matrix> {
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
        report((done += members.length));
      },
    );
    return out;
  }

  return {
    name: 'onnx',
    dimension,
    fingerprint: fingerprint({
      encoder: 'onnx',
      version: VERSION,
      model: await hashFile(files.model),
      tokenizer: await hashFile(files.tokenizer),
      maxTokens,
      pooling,
      runtime: [await versionOf('onnxruntime-node'), await versionOf('tokenizers')],
    }),
    modelFile: files.model,
    async encode(texts, work = {}) {
      const stop = stopper(work);
      return run(await tokenize(texts, stop), work);
    },
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
