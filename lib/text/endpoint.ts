import { fingerprint, matrix, row } from '../artifacts/index.js';
import { CohearError, require } from '../errors/index.js';
import type { LongWork } from '../progress/index.js';
import { type HttpOptions, postJson, Retry, TooLarge } from './http.js';
import type { TextEncoder } from './types.js';

export interface EndpointOptions {
  /** Base of the API, such as https://api.openai.com/v1 or http://127.0.0.1:11434/v1; /embeddings is added. */
  readonly url: string;
  readonly model: string;
  /** Width of the vectors that the model gives. */
  readonly dimension: number;
  /** Name of the environment variable that holds the key. Left out: no key is sent. */
  readonly keyEnv?: string | undefined;
  /** Ask the server for vectors of `dimension` (OpenAI's text-embedding-3 can cut its own). Default false. */
  readonly sendDimension?: boolean | undefined;
  /** Put before every text (items), e.g. "passage: ". */
  readonly prefix?: string | undefined;
  /** Put before a search text, e.g. "query: ". */
  readonly queryPrefix?: string | undefined;
  /** Texts and estimated tokens of one request. Default 128 and 50,000. */
  readonly batchTexts?: number | undefined;
  readonly batchTokens?: number | undefined;
  /** Longer texts are cut to so many estimated tokens. Default 8,000. */
  readonly maxTokens?: number | undefined;
  /** Requests at a time. Default 4. */
  readonly concurrency?: number | undefined;
  readonly timeoutSeconds?: number | undefined;
  readonly retries?: number | undefined;
  /** First pause before a retry. Default 1. */
  readonly pauseSeconds?: number | undefined;
  /** Price of a million tokens, in any currency; makes the estimate a cost. */
  readonly pricePerMillionTokens?: number | undefined;
  /** What encoding may take at most; more is refused before it starts, and stopped should the estimate be wrong. */
  readonly limitTokens?: number | undefined;
  readonly limitCost?: number | undefined;
  readonly onRetry?: ((message: string) => void) | undefined;
}

const VERSION = 1;
const DEFAULTS = {
  batchTexts: 128,
  batchTokens: 50_000,
  maxTokens: 8000,
  concurrency: 4,
  timeoutSeconds: 60,
  retries: 8,
  pauseSeconds: 1,
};

/** Tokens of a text by its size: a quarter of its ASCII characters, and one for each other character. */
export function estimateTokens(text: string): number {
  let other = 0;
  for (const character of text) if (character > '\x7f') other++;
  return Math.ceil((text.length - other) / 4) + other + 2;
}

/** The longest beginning of a text that is estimated at `most` tokens; whole where it fits. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text; // a token is at least one character
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (estimateTokens(text.slice(0, middle)) <= most) low = middle;
    else high = middle - 1;
  }
  return text.slice(0, low);
}

/** Runs of places whose texts fit one request. */
function batchesOf(
  tokens: readonly number[],
  places: readonly number[],
  texts: number,
  most: number,
): number[][] {
  const batches: number[][] = [];
  let sum = 0;
  for (const place of places) {
    const last = batches.at(-1);
    if (last === undefined || last.length >= texts || sum + tokens[place]! > most) {
      batches.push([place]);
      sum = tokens[place]!;
    } else {
      last.push(place);
      sum += tokens[place]!;
    }
  }
  return batches;
}

interface Answer {
  readonly data?: readonly { readonly index?: number; readonly embedding?: unknown }[];
  readonly usage?: { readonly total_tokens?: number };
}

/**
 * An encoder behind an OpenAI-compatible `/embeddings` endpoint (OpenAI, vLLM, Ollama, TEI, LM Studio). Requests
 * are bounded in texts and tokens, some run at a time, and what fails for a reason that may pass is tried again:
 * see {@link postJson}. Of an answer, every row that is whole is kept, and only the others are asked for again.
 * The key is read from the environment when it is needed and is in no message, log, manifest or fingerprint.
 * @throws CohearError ERR_RANGE or ERR_CONFIG for options; encode() throws ERR_MISSING without the key, ERR_CONFIG
 *   beyond a limit, ERR_FORMAT for vectors of another width, ERR_IO when the server fails for good, ERR_CANCELLED
 */
export function endpointEncoder(options: EndpointOptions): TextEncoder {
  const settings = withDefaults(options);
  const {
    model,
    dimension,
    keyEnv,
    prefix = '',
    queryPrefix = prefix,
    pricePerMillionTokens: price,
  } = settings;
  const url = endpointAddress(settings.url, 'embeddings', 'text.encoder.endpoint');
  for (const name of ['dimension', 'batchTexts', 'batchTokens', 'maxTokens', 'concurrency'] as const)
    require(Number.isInteger(settings[name]) && settings[name] >= 1, 'ERR_RANGE', () =>
      `endpointEncoder: want ${name} of 1 or more, got ${settings[name]}`);
  require(settings.limitCost === undefined ||
    price !== undefined, 'ERR_CONFIG', 'endpointEncoder: limitCost needs pricePerMillionTokens');
  let spent = 0;

  /** Throws where so many tokens in all are beyond a limit. */
  const withinLimits = (tokens: number, what: string) => {
    const { limitTokens, limitCost } = settings;
    const cost = price === undefined ? undefined : (tokens * price) / 1e6;
    require(limitTokens === undefined || tokens <= limitTokens, 'ERR_CONFIG', () =>
      `${what} ${tokens} tokens, over text.encoder.limitTokens = ${limitTokens}: raise it, or take a cheaper encoder`);
    require(limitCost === undefined || cost === undefined || cost <= limitCost, 'ERR_CONFIG', () =>
      `${what} ${cost?.toFixed(2)}, over text.encoder.limitCost = ${limitCost}: raise it, or take a cheaper encoder`);
  };
  const prepare = (texts: readonly string[], before: string) =>
    texts.map((text) => (text.trim() === '' ? '' : cut(before + text, settings.maxTokens)));

  function httpOptions(signal: AbortSignal | undefined): HttpOptions {
    const key = keyEnv === undefined ? undefined : process.env[keyEnv];
    require(keyEnv === undefined || key, 'ERR_MISSING', () =>
      `text encoder: the environment variable ${keyEnv} holds no key for ${url}; set it, or leave keyEnv out`);
    return {
      key,
      timeoutMs: settings.timeoutSeconds * 1000,
      retries: settings.retries,
      pauseMs: settings.pauseSeconds * 1000,
      signal,
      onRetry: settings.onRetry,
    };
  }

  async function encode(given: readonly string[], before: string, work: LongWork) {
    const texts = prepare(given, before);
    const out = matrix(texts.length, dimension);
    const tokens = texts.map(estimateTokens);
    const places = texts.flatMap((text, i) => (text === '' ? [] : [i]));
    const http = httpOptions(work.signal);
    const queue = batchesOf(tokens, places, settings.batchTexts, settings.batchTokens);
    let done = texts.length - places.length;
    const report = () =>
      work.onProgress?.({ task: 'encode texts', done, total: texts.length, unit: 'texts' });
    report();

    /** Asks for the places of `batch`; rows arrive in `out`. Those that came whole are not asked for again. */
    const ask = async (batch: number[]): Promise<void> => {
      let missing = batch;
      const read = (answer: unknown) => {
        const before = missing.length;
        missing = takeRows(answer as Answer, missing, out, url);
        done += before - missing.length;
        report();
        if (missing.length > 0)
          throw new Retry(`${missing.length} of ${before} vectors are missing, null or not finite`);
        return (answer as Answer).usage?.total_tokens;
      };
      // A getter, so that an attempt after a partial answer asks for the rest alone.
      const body = {
        model,
        get input() {
          return missing.map((place) => texts[place]!);
        },
        encoding_format: 'float',
        ...(settings.sendDimension && { dimensions: dimension }),
      };
      try {
        const used = await postJson(url, body, read, http);
        spent += used ?? batch.reduce((sum, place) => sum + tokens[place]!, 0);
        withinLimits(spent, 'text encoding has used');
      } catch (error) {
        if (!(error instanceof TooLarge)) throw error;
        if (missing.length === 1)
          throw new CohearError(
            'ERR_IO',
            `${url}: a text alone is too large for it; lower text.encoder.maxTokens`,
          );
        const half = missing.length >> 1;
        await ask(missing.slice(0, half));
        await ask(missing.slice(half));
      }
    };

    let failure: unknown;
    const lanes = Array.from({ length: Math.min(settings.concurrency, queue.length) }, async () => {
      while (failure === undefined) {
        const batch = queue.shift();
        if (batch === undefined) return;
        await ask(batch).catch((error: unknown) => {
          failure ??= error;
        });
      }
    });
    await Promise.all(lanes);
    if (failure !== undefined) throw failure;
    return out;
  }

  return {
    name: 'endpoint',
    dimension,
    fingerprint: fingerprint({
      encoder: 'endpoint',
      version: VERSION,
      url,
      model,
      dimension,
      prefix,
      maxTokens: settings.maxTokens,
    }),
    plan(texts) {
      const tokens = prepare(texts, prefix).reduce(
        (sum, text) => sum + (text === '' ? 0 : estimateTokens(text)),
        0,
      );
      withinLimits(spent + tokens, 'text encoding is estimated at');
      const cost = price === undefined ? '' : `, a cost of ${((tokens * price) / 1e6).toFixed(2)}`;
      return `${texts.length} texts for ${model}: about ${tokens} tokens${cost}`;
    },
    encode: (texts, work = {}) => encode(texts, prefix, work),
    encodeQueries: (texts, work = {}) => encode(texts, queryPrefix, work),
  };
}

/**
 * The address of an API's end under a base; a URL with a password in it would end in messages.
 * @throws CohearError ERR_CONFIG that names the config's `field`
 */
export function endpointAddress(base: string, end: string, field: string): string {
  let url: URL;
  try {
    url = new URL(base);
  } catch {
    throw new CohearError(
      'ERR_CONFIG',
      `${field}: want an address such as https://api.openai.com/v1, got "${base}"`,
    );
  }
  const plain = url.username === '' && url.password === '' && url.search === '';
  require(/^https?:$/.test(url.protocol) && plain, 'ERR_CONFIG', () =>
    `${field}: want http(s)://host/path without a user, password or query; a key belongs into an environment ` +
    'variable named by keyEnv');
  const path = url.pathname.replace(/\/+$/, '');
  return `${url.origin}${path.endsWith(`/${end}`) ? path : `${path}/${end}`}`;
}

/**
 * Puts the whole rows of an answer where they belong, at unit length, and gives the places that are still missing.
 * @throws CohearError ERR_FORMAT for vectors of another width
 */
function takeRows(
  answer: Answer,
  places: readonly number[],
  out: ReturnType<typeof matrix>,
  url: string,
): number[] {
  if (!Array.isArray(answer?.data)) throw new Retry('its answer holds no "data"');
  const found = new Set<number>();
  answer.data.forEach((entry: NonNullable<Answer['data']>[number], position: number) => {
    const at = entry?.index ?? position;
    const vector = entry?.embedding;
    if (!Number.isInteger(at) || at < 0 || at >= places.length || !Array.isArray(vector)) return;
    require(vector.length === out.cols, 'ERR_FORMAT', () =>
      `${url}: its vectors are ${vector.length} wide, the config says ${out.cols}; set text.encoder.dimension to ${vector.length}`);
    if (!vector.every(Number.isFinite)) return;
    const length = Math.sqrt(vector.reduce((sum: number, v: number) => sum + v * v, 0));
    if (!(length > 0 && Number.isFinite(length))) return;
    row(out, places[at]!).set(vector.map((v: number) => v / length));
    found.add(at);
  });
  return places.filter((_, at) => !found.has(at));
}

/** Options with defaults in; a field that is undefined does not hide its default. */
function withDefaults(options: EndpointOptions): EndpointOptions & typeof DEFAULTS {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return { ...DEFAULTS, ...given } as EndpointOptions & typeof DEFAULTS;
}
