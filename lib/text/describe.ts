import { hash } from 'node:crypto';
import { join } from 'node:path';
import { fingerprint } from '../artifacts/index.js';
import type { LongWork } from '../progress/index.js';
import { AnswerLog, AnswerReader } from './answer-log.js';
import { Budget, estimateTokens } from './budget.js';
import { Claims } from './claims.js';
import { cleanText } from './clean.js';
import { eachOnce, waiting } from './each-once.js';
import { endpointAddress, httpOptions, inLanes, postJson, Retry, type ServiceOptions } from './http.js';
import { KEY_BYTES, KeyIndex } from './key-index.js';

export interface DescribeOptions extends ServiceOptions {
  /** What the model is told of its task, before what is known of an item. */
  readonly instructions?: string | undefined;
  /** Tokens of an answer at most. Default 200. */
  readonly maxAnswerTokens?: number | undefined;
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
/** Prompts that are claimed at once, for each request at a time. */
const PROMPTS_AT_ONCE = 64;
const FIELD = 'text.describe';
const SCHEMA = {
  type: 'object',
  properties: { text: { type: 'string' } },
  required: ['text'],
  additionalProperties: false,
};

/**
 * Lets a language model write a short text for each prompt (what is known of an item), through an OpenAI-compatible
 * chat endpoint with a JSON-schema answer. Equal prompts are asked once; an answer is kept under SHA-256(settings,
 * prompt) as soon as it is there and never asked for again, also by processes that do the same at the same time. An empty
 * prompt has no text and is not asked.
 * @returns one entry a prompt, null for an empty one
 * @throws CohearError ERR_CONFIG beyond a limit; ERR_MISSING without the key; ERR_IO when the server fails for good
 *   (finished answers stay); ERR_CANCELLED
 */
export async function describeItems(
  prompts: readonly string[],
  options: DescribeOptions,
  work: DescribeWork,
): Promise<(Described | null)[]> {
  const { model, concurrency = 4, maxAnswerTokens = 200, instructions = INSTRUCTIONS } = options;
  const url = endpointAddress(options.url, 'chat/completions', `${FIELD}.endpoint`);
  const budget = new Budget(options, FIELD);
  const settings = fingerprint({ describe: VERSION, url, model, instructions, maxAnswerTokens });
  const folder = join(work.folder, 'described', settings.slice(0, 16));
  const index = new KeyIndex(prompts.length);
  const firsts: number[] = []; // of each distinct prompt, where it stands first
  const entries = prompts.map((prompt, i) => {
    if (prompt.trim() === '') return -1;
    const entry = index.add(hash('sha256', `${settings}\0${prompt}`, 'binary'));
    if (entry === firsts.length) firsts.push(i);
    return entry;
  });
  const idOf = (entry: number) => index.keys.toString('hex', entry * KEY_BYTES, (entry + 1) * KEY_BYTES);
  const promptOf = (entry: number) => prompts[firsts[entry]!]!;
  const answers: (string | undefined)[] = firsts.map(() => undefined);
  let answered = 0;
  const keep = (entry: number, text: string) => {
    if (answers[entry] === undefined) answered++;
    answers[entry] = text;
  };
  const kept = new AnswerReader(folder);
  const look = () =>
    kept.read((id, text) => {
      const entry = index.find(Buffer.from(id, 'hex'), 0);
      if (entry >= 0) keep(entry, text);
    });
  await look();
  const before = answers.map((text) => text !== undefined);

  const tokensOf = (prompt: string) =>
    estimateTokens(instructions) + estimateTokens(prompt) + maxAnswerTokens;
  const todo = Uint32Array.from(answers.keys()).filter((entry) => !before[entry]);
  if (todo.length > 0) {
    const plan = budget.plan(todo.reduce((sum, entry) => sum + tokensOf(promptOf(entry)), 0));
    work.onMessage?.(`${todo.length} items for ${model} to describe: ${plan} at most`);
    const http = httpOptions({ ...options, url }, FIELD, { signal: work.signal, onRetry: work.onMessage });
    const report = (note?: string) =>
      work.onProgress?.({
        task: 'describe items',
        done: answered - answers.length + todo.length,
        total: todo.length,
        unit: 'items',
        ...(note && { note }),
      });
    const ask = async (entry: number) => {
      const prompt = promptOf(entry);
      const body = {
        model,
        messages: [
          { role: 'system', content: instructions },
          { role: 'user', content: prompt },
        ],
        temperature: 0,
        max_tokens: maxAnswerTokens,
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'item', strict: true, schema: SCHEMA },
        },
      };
      const read = (answer: Answer) => {
        budget.spend(answer?.usage, tokensOf(prompt)); // what is of no use is paid for, too
        const text = readText(answer);
        log.append(idOf(entry), text);
        keep(entry, text);
      };
      await postJson(url, body, read, http);
      report();
    };
    const log = new AnswerLog(folder);
    const claims = new Claims(folder, index);
    try {
      await eachOnce({
        claims,
        todo,
        atOnce: PROMPTS_AT_ONCE * concurrency,
        isDone: (entry) => answers[entry] !== undefined,
        look,
        signal: work.signal,
        work: (some) => inLanes([...some], concurrency, ask),
        onWait: (holders) => report(waiting(holders)),
      });
    } finally {
      await log.close();
      claims.close();
    }
  }
  return entries.map((entry) =>
    entry < 0 ? null : { text: answers[entry]!, model, prompt: idOf(entry), cached: before[entry]! },
  );
}

interface Answer {
  readonly choices?: readonly { readonly message?: { readonly content?: unknown } }[];
  readonly usage?: { readonly total_tokens?: unknown };
}

/** The text of an answer. */
function readText(answer: Answer): string {
  const content = answer?.choices?.[0]?.message?.content;
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
