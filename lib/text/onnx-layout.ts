import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson } from '../artifacts/index.js';
import { CohearError, require } from '../errors/index.js';
import type { OnnxOptions } from './onnx.js';

/** How token vectors become one: their mean, the first, the last, or not at all (the model gives one vector). */
export type Pooling = 'mean' | 'cls' | 'last' | 'none';

export const MODEL_FILES = [
  'onnx/model.onnx',
  'onnx/model_quantized.onnx',
  'onnx/model_int8.onnx',
  'model.onnx',
] as const;

/** What a folder in Hugging Face layout says about its encoder, options put in. */
export interface OnnxLayout {
  readonly model: string;
  readonly tokenizer: string;
  readonly dimension: number;
  readonly maxTokens: number;
  readonly pooling: Pooling;
  readonly prefix: string;
  readonly queryPrefix: string;
}

const isFile = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isFile() ?? false;

/** A JSON file of the folder; undefined where it is not there. */
async function optional<T>(path: string): Promise<T | undefined> {
  if (!(await isFile(path))) return undefined;
  return readJson<T>(path).catch((cause) => {
    throw new CohearError('ERR_FORMAT', `${path}: ${(cause as Error).message}`, { cause });
  });
}

async function findModel(folder: string, model: string | undefined): Promise<string> {
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
        'or use the encoder "built-in", which needs no files.',
    );
  return join(folder, found);
}

const MODES: Readonly<Record<string, Pooling>> = {
  pooling_mode_mean_tokens: 'mean',
  pooling_mode_cls_token: 'cls',
  pooling_mode_lasttoken: 'last',
};

/** Pooling as sentence-transformers wrote it down (modules.json, 1_Pooling/config.json); mean where it did not. */
async function poolingOf(folder: string): Promise<Pooling> {
  const modules = (await optional<{ path: string; type: string }[]>(join(folder, 'modules.json'))) ?? [];
  if (modules.some(({ type }) => type.endsWith('.Dense'))) return 'none'; // only the model itself can apply it
  const path = modules.find(({ type }) => type.endsWith('.Pooling'))?.path ?? '1_Pooling';
  const file = join(folder, path, 'config.json');
  const modes = Object.entries((await optional<Record<string, unknown>>(file)) ?? {}).filter(
    ([name, value]) => name.startsWith('pooling_mode_') && value === true,
  );
  if (modes.length === 0) return 'mean';
  const pooling = modes.length === 1 ? MODES[modes[0]![0]] : undefined;
  require(pooling !== undefined, 'ERR_FORMAT', () =>
    `${file}: pools by ${modes.map(([name]) => name).join(' and ')}; want one of ${Object.keys(MODES).join(', ')}, ` +
    'or an ONNX export that pools itself, with text.encoder.pooling = "none"');
  return pooling;
}

/**
 * Reads the layout of a folder: config.json, and where they are there sentence-transformers' modules.json,
 * 1_Pooling/config.json, sentence_bert_config.json and config_sentence_transformers.json (prompts).
 * @throws CohearError ERR_MISSING, ERR_FORMAT, ERR_RANGE for maxTokens
 */
export async function readLayout(options: OnnxOptions): Promise<OnnxLayout> {
  const { folder } = options;
  const model = await findModel(folder, options.model);
  const file = join(folder, 'config.json');
  const config = (await optional<{ hidden_size?: number; max_position_embeddings?: number }>(file))!;
  const dimension = options.dimension ?? config.hidden_size!;
  require(Number.isInteger(dimension) && dimension > 0, 'ERR_FORMAT', `${file}: wants a whole "hidden_size"`);
  const limit = config.max_position_embeddings ?? 512;
  const sentence = await optional<{ max_seq_length?: number }>(join(folder, 'sentence_bert_config.json'));
  const maxTokens = options.maxTokens ?? Math.min(256, sentence?.max_seq_length ?? 256, limit);
  require(Number.isInteger(maxTokens) && maxTokens >= 3 && maxTokens <= limit, 'ERR_RANGE', () =>
    `onnxEncoder: want maxTokens from 3 to ${limit}, the model's limit, got ${maxTokens}`);
  const { prompts = {} } =
    (await optional<{ prompts?: Record<string, string> }>(
      join(folder, 'config_sentence_transformers.json'),
    )) ?? {};
  const prefix = options.prefix ?? prompts.passage ?? prompts.document ?? '';
  return {
    model,
    tokenizer: join(folder, 'tokenizer.json'),
    dimension,
    maxTokens,
    pooling: options.pooling ?? (await poolingOf(folder)),
    prefix,
    queryPrefix: options.queryPrefix ?? prompts.query ?? prefix,
  };
}
