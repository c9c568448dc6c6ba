import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { writeJson } from '../artifacts/index.js';
import { CohearError, require } from '../errors/index.js';
import type { LongWork } from '../progress/index.js';
import { MODEL_FILES } from './onnx-layout.js';

export interface HubOptions extends LongWork {
  /** Where models are kept. Default: COHEAR_MODELS, or ~/.cache/cohear/models. */
  readonly folder?: string | undefined;
  /** The ONNX file wanted. Default: the first there is of {@link MODEL_FILES}. */
  readonly model?: string | undefined;
  /** Address of the hub. Default: HF_ENDPOINT, or https://huggingface.co. */
  readonly endpoint?: string | undefined;
}

/** A file of a repository: large ones carry their SHA-256, small ones git's blob id. */
interface Sibling {
  readonly rfilename: string;
  readonly size?: number;
  readonly blobId?: string;
  readonly lfs?: { readonly sha256: string; readonly size: number };
}

const NEEDED = ['config.json', 'tokenizer.json'];
const USEFUL = [
  'tokenizer_config.json',
  'special_tokens_map.json',
  'modules.json',
  'sentence_bert_config.json',
  'config_sentence_transformers.json',
  '1_Pooling/config.json',
];
const DONE = 'complete.json';

/**
 * The folder of a model from the hub, `organisation/name`: downloaded once, each file checked against the hub's
 * own checksum, found there ever after without a network. HF_TOKEN is sent where it is set.
 * @throws CohearError ERR_MISSING when it cannot be had, with what to put where by hand; ERR_FORMAT for a file that
 *   is not what the hub says; ERR_CANCELLED
 */
export async function hubModel(id: string, options: HubOptions = {}): Promise<string> {
  require(/^[\w.-]+\/[\w.-]+$/.test(id) && !id.includes('..'), 'ERR_CONFIG', () =>
    `want a model of the hub as hf://organisation/name, got hf://${id}`);
  const root = options.folder ?? process.env.COHEAR_MODELS ?? join(homedir(), '.cache', 'cohear', 'models');
  const endpoint = (options.endpoint ?? process.env.HF_ENDPOINT ?? 'https://huggingface.co').replace(
    /\/+$/,
    '',
  );
  const folder = join(root, ...id.split('/'));
  const wanted = options.model === undefined ? MODEL_FILES : [options.model];
  if (existsSync(join(folder, DONE)) && wanted.some((file) => existsSync(join(folder, file)))) return folder;

  const missing = (why: string, cause?: unknown) =>
    new CohearError(
      'ERR_MISSING',
      `${id} cannot be had from ${endpoint}: ${why}. By hand: put ${NEEDED.join(', ')} and ${wanted[0]} of the model ` +
        `into a folder and name that folder in text.encoder.onnx; or use the encoder "built-in"`,
      { cause },
    );
  const get = async (path: string): Promise<Response> => {
    const token = process.env.HF_TOKEN;
    const response = await fetch(`${endpoint}/${path}`, {
      ...(token && { headers: { authorization: `Bearer ${token}` } }),
      ...(options.signal && { signal: options.signal }),
    }).catch((cause: Error & { cause?: Error }) => {
      if (options.signal?.aborted) throw new CohearError('ERR_CANCELLED', 'the download was stopped');
      throw missing(cause.cause?.message ?? cause.message, cause);
    });
    if (!response.ok)
      throw missing(`status ${response.status}${response.status === 401 ? ', is it private?' : ''}`);
    return response;
  };

  const about = (await (await get(`api/models/${id}/revision/main?blobs=true`)).json()) as {
    sha: string;
    siblings?: Sibling[];
  };
  const files = new Map((about.siblings ?? []).map((file) => [file.rfilename, file]));
  const model = wanted.find((file) => files.has(file));
  const lacking = [...NEEDED.filter((file) => !files.has(file)), ...(model ? [] : [wanted.join(' or ')])];
  if (lacking.length > 0 || model === undefined) throw missing(`it lacks ${lacking.join(', ')}`);
  const list = [...NEEDED, ...USEFUL, model, `${model}_data`].flatMap((file) => files.get(file) ?? []);

  const total = list.reduce((sum, { size, lfs }) => sum + (lfs?.size ?? size ?? 0), 0);
  let done = 0;
  for (const file of list) {
    const path = join(folder, file.rfilename);
    await mkdir(dirname(path), { recursive: true });
    const response = await get(`${id}/resolve/${about.sha}/${file.rfilename}`);
    await store(response, path, file, (bytes) => {
      done += bytes;
      options.onProgress?.({ task: `download ${id}`, done, total, unit: 'bytes' });
    }).catch((cause) => {
      if (options.signal?.aborted) throw new CohearError('ERR_CANCELLED', 'the download was stopped');
      throw cause instanceof CohearError ? cause : missing((cause as Error).message, cause);
    });
  }
  await writeJson(join(folder, DONE), { id, endpoint, revision: about.sha, files: list });
  return folder;
}

/** Writes a file under a temporary name, checks it, renames it. */
async function store(
  response: Response,
  path: string,
  file: Sibling,
  onBytes: (count: number) => void,
): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  const hash = file.lfs ? createHash('sha256') : createHash('sha1');
  if (!file.lfs) hash.update(`blob ${file.size}\0`); // git's name of a blob
  const handle = await open(temporary, 'w');
  try {
    try {
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        hash.update(chunk);
        await handle.writeFile(chunk);
        onBytes(chunk.length);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    const [want, got] = [file.lfs?.sha256 ?? file.blobId, hash.digest('hex')];
    require(want === undefined || want === got, 'ERR_FORMAT', () =>
      `${file.rfilename}: the hub says checksum ${want}, what came has ${got}; try again`);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
