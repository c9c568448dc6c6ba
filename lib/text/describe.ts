import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fingerprint, readJson, writeJson } from '../artifacts/index.js';
import { CohearError, require } from '../errors/index.js';
import type { LongWork } from '../progress/index.js';
import { cleanText } from './clean.js';
import { endpointAddress, estimateTokens } from './endpoint.js';
import { type HttpOptions, postJson, Retry } from './http.js';

export interface DescribeOptions {
  /** Base of an OpenAI-compatible API; /chat/completions is added. */
  readonly url: string;
  readonly model: string;
  /** Name of the environment variable that holds the key. */
  readonly keyEnv?: string | undefined;
  /** What the model is told of its task, before what is known of an item. */
  readonly instructions?: string | undefined;
  /** Tokens of an answer at most. Default 200. */
  readonly maxAnswerTokens?: number | undefined;
  readonly concurrency?: number | undefined;
  readonly timeoutSeconds?: number | undefined;
  readonly retries?: number | undefined;
  readonly pauseSeconds?: number | undefined;
  /** Price of a million tokens, read and written; makes the estimate a cost. */
  readonly pricePerMillionTokens?: number | undefined;
  readonly limitTokens?: number | undefined;
  readonly limitCost?: number | undefined;
}

export interface DescribeWork extends LongWork {
  /** Where answers are kept; runs and processes may share it. */
  readonly folder: string;
  /** Told what the missing answers will take, and of pauses. */
  readonly onMessage?: ((message: string) => void) | undefined;
}

/** A text that a model wrote, and where it comes from. */
export interface Described {
  readonly text: string;
  readonly model: string;
  /** SHA-256 of instructions and prompt. */
  readonly prompt: string;
  /** It was there already. */
  readonly cached: boolean;
}

export const INSTRUCTIONS =
  'You write catalogue entries. From the little that is known of an item, say in one or two plain English sentences ' +
  'what it is, whom it is for and what it is used for. Use only what is given and what is commonly known of such ' +
  'items; name no facts about this very item that are not given.';

const VERSION = 1;
/** Answers to a file: what a killed run loses at most. */
const SEGMENT = 64;
const SCHEMA = {
  type: 'object',
  properties: { text: { type: 'string' } },
  required: ['text'],
  additionalProperties: false,
};

/**
 * Lets a language model write a short text for each prompt (what is known of an item), through an OpenAI-compatible
 * chat endpoint with a JSON-schema answer. Equal prompts are asked once; an answer is kept under SHA-256(settings,
 * prompt) and never asked for again. An empty prompt has no text and is not asked.
 * @returns one entry a prompt, null for an empty one
 * @throws CohearError ERR_CONFIG beyond a limit; ERR_MISSING without the key; ERR_IO when the server fails for good
 *   (finished answers stay); ERR_CANCELLED
 */
export async function describeItems(
  prompts: readonly string[],
  options: DescribeOptions,
  work: DescribeWork,
): Promise<(Described | null)[]> {
  const { model, keyEnv, concurrency = 4, maxAnswerTokens = 200, instructions = INSTRUCTIONS } = options;
  const url = endpointAddress(options.url, 'chat/completions', 'text.describe.url');
  const settings = fingerprint({ describe: VERSION, url, model, instructions, maxAnswerTokens });
  const folder = join(work.folder, 'described', settings.slice(0, 16));
  const keyOf = (prompt: string) =>
    createHash('sha256').update(settings).update('\0').update(prompt).digest('hex');
  const known = await readAnswers(folder);
  const keys = prompts.map((prompt) => (prompt.trim() === '' ? null : keyOf(prompt)));
  const missing = new Map<string, string>();
  keys.forEach((key, i) => {
    if (key !== null && !known.has(key)) missing.set(key, prompts[i]!);
  });
  const before = new Set(known.keys());

  const expected = [...missing.values()].reduce(
    (sum, prompt) => sum + estimateTokens(instructions) + estimateTokens(prompt) + maxAnswerTokens,
    0,
  );
  const price = options.pricePerMillionTokens;
  const cost = price === undefined ? undefined : (expected * price) / 1e6;
  require(options.limitTokens === undefined || expected <= options.limitTokens, 'ERR_CONFIG', () =>
    `describing items takes up to ${expected} tokens, over text.describe.limitTokens = ${options.limitTokens}`);
  require(options.limitCost === undefined ||
    (cost !== undefined && cost <= options.limitCost), 'ERR_CONFIG', () =>
    cost === undefined
      ? 'text.describe.limitCost needs pricePerMillionTokens'
      : `describing items costs up to ${cost.toFixed(2)}, over text.describe.limitCost = ${options.limitCost}`);
  if (missing.size > 0)
    work.onMessage?.(
      `${missing.size} items for ${model} to describe: up to ${expected} tokens${cost === undefined ? '' : `, a cost of ${cost.toFixed(2)}`}`,
    );
  const key = keyEnv === undefined ? undefined : process.env[keyEnv];
  require(keyEnv === undefined || key || missing.size === 0, 'ERR_MISSING', () =>
    `text.describe: the environment variable ${keyEnv} holds no key for ${url}`);
  const http: HttpOptions = {
    key,
    timeoutMs: (options.timeoutSeconds ?? 60) * 1000,
    retries: options.retries ?? 8,
    pauseMs: (options.pauseSeconds ?? 1) * 1000,
    signal: work.signal,
    onRetry: work.onMessage,
  };

  const ask = (prompt: string) =>
    postJson(
      url,
      {
        model,
        messages: [
          { role: 'system', content: instructions },
          { role: 'user', content: prompt },
        ],
        temperature: 0,
        max_tokens: maxAnswerTokens,
        response_format: { type: 'json_schema', json_schema: { name: 'item', strict: true, schema: SCHEMA } },
      },
      readText,
      http,
    );
  const todo = [...missing];
  let done = 0;
  for (let at = 0; at < todo.length; at += SEGMENT) {
    if (work.signal?.aborted) throw new CohearError('ERR_CANCELLED', 'describing items was stopped');
    const segment = todo.slice(at, at + SEGMENT);
    const answers: Record<string, string> = {};
    let next = 0;
    let failure: unknown;
    await Promise.all(
      Array.from({ length: Math.min(concurrency, segment.length) }, async () => {
        while (next < segment.length && failure === undefined) {
          const [id, prompt] = segment[next++]!;
          try {
            answers[id] = await ask(prompt);
            work.onProgress?.({ task: 'describe items', done: ++done, total: todo.length, unit: 'items' });
          } catch (error) {
            failure ??= error;
          }
        }
      }),
    );
    await writeAnswers(folder, answers); // also those that came before a failure: they were paid for
    for (const [id, text] of Object.entries(answers)) known.set(id, text);
    if (failure !== undefined) throw failure;
  }
  return keys.map((id) =>
    id === null ? null : { text: known.get(id)!, model, prompt: id, cached: before.has(id) },
  );
}

/** The text of an answer. */
function readText(answer: unknown): string {
  const content = (answer as { choices?: { message?: { content?: unknown } }[] })?.choices?.[0]?.message
    ?.content;
  let text: unknown;
  try {
    text = (JSON.parse(String(content)) as { text?: unknown }).text;
  } catch {
    throw new Retry('the model answered no JSON, or its answer was cut');
  }
  const clean = typeof text === 'string' ? cleanText(text) : '';
  if (clean === '') throw new Retry('the model answered without a "text"');
  return clean;
}

async function readAnswers(folder: string): Promise<Map<string, string>> {
  const { readdir } = await import('node:fs/promises');
  const found = new Map<string, string>();
  for (const name of (await readdir(folder).catch(() => [])).filter((n) => n.endsWith('.json')).sort()) {
    const answers = await readJson<Record<string, unknown>>(join(folder, name)).catch(() => ({}));
    for (const [key, text] of Object.entries(answers)) if (typeof text === 'string') found.set(key, text);
  }
  return found;
}

/** Writes a file whole or not at all; its name follows from its keys. */
async function writeAnswers(folder: string, answers: Readonly<Record<string, string>>): Promise<void> {
  const keys = Object.keys(answers).sort();
  if (keys.length === 0) return;
  await mkdir(folder, { recursive: true });
  const name = createHash('sha256').update(keys.join()).digest('hex').slice(0, 32);
  await writeJson(join(folder, `${name}.json`), answers);
}
