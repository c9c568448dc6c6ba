import { fingerprint, type Matrix, matrix, row } from '../artifacts/index.js';
import { CohearError, require } from '../errors/index.js';
import { Budget, estimateTokens } from './budget.js';
import {
  endpointAddress,
  httpOptions,
  inLanes,
  postJson,
  Retry,
  type ServiceOptions,
  TooLarge,
} from './http.js';
import type { EncodeWork, TextEncoder } from './types.js';

export interface EndpointOptions extends ServiceOptions {
  /** Width of the vectors that the model gives. */
  readonly dimension: number;
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
  readonly onRetry?: ((message: string) => void) | undefined;
}

const VERSION = 1;
const FIELD = 'text.encoder';
/** Requests' worth of texts that encode() is given at once: enough that its last ones, short of lanes, count little. */
const REQUESTS_AT_ONCE = 64;

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
  const { model, dimension, prefix = '', queryPrefix = prefix, concurrency = 4 } = options;
  const { batchTexts = 128, batchTokens = 50_000, maxTokens = 8000 } = options;
  const url = endpointAddress(options.url, 'embeddings', `${FIELD}.endpoint`);
  for (const [name, value] of Object.entries({ dimension, batchTexts, batchTokens, maxTokens, concurrency }))
    require(Number.isInteger(value) && value >= 1, 'ERR_RANGE', () =>
      `endpointEncoder: want ${name} of 1 or more, got ${value}`);
  const budget = new Budget(options, FIELD);
  const prepare = (text: string, before: string) => (text.trim() === '' ? '' : cut(before + text, maxTokens));

  async function encode(given: readonly string[], before: string, work: EncodeWork) {
    const texts = given.map((text) => prepare(text, before));
    const out = matrix(texts.length, dimension);
    const tokens = texts.map(estimateTokens);
    const places = texts.flatMap((text, i) => (text === '' ? [] : [i]));
    const http = httpOptions({ ...options, url }, FIELD, { signal: work.signal, onRetry: options.onRetry });
    let done = texts.length - places.length;
    const report = () =>
      work.onProgress?.({ task: 'encode texts', done, total: texts.length, unit: 'texts' });
    report();

    /** Asks for the places of `batch`; rows arrive in `out`. Those that came whole are not asked for again. */
    const ask = async (batch: number[]): Promise<void> => {
      let missing = batch;
      const read = (answer: Answer) => {
        const { came, left } = takeRows(answer, missing, out, url);
        work.onRows?.(came, gathered(out, came));
        budget.spend(
          answer.usage,
          missing.reduce((sum, place) => sum + tokens[place]!, 0),
        );
        const wanted = missing.length;
        missing = left;
        done += came.length;
        report();
        if (left.length > 0)
          throw new Retry(`${left.length} of ${wanted} vectors are missing, null or not finite`);
      };
      // A getter, so that an attempt after a partial answer asks for the rest alone.
      const body = {
        model,
        get input() {
          return missing.map((place) => texts[place]!);
        },
        encoding_format: 'float',
        ...(options.sendDimension && { dimensions: dimension }),
      };
      try {
        await postJson(url, body, read, http);
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

    await inLanes(batchesOf(tokens, places, batchTexts, batchTokens), concurrency, ask);
    return out;
  }

  return {
    name: model,
    dimension,
    textsAtOnce: REQUESTS_AT_ONCE * batchTexts,
    fingerprint: fingerprint({
      encoder: 'endpoint',
      version: VERSION,
      url,
      model,
      dimension,
      prefix,
      maxTokens,
    }),
    plan(texts) {
      let [count, tokens] = [0, 0];
      for (const text of texts) {
        const prepared = prepare(text, prefix);
        if (prepared !== '') tokens += estimateTokens(prepared);
        count++;
      }
      return `${count} texts for ${model}: ${budget.plan(tokens)}`;
    },
    encode: (texts, work = {}) => encode(texts, prefix, work),
    encodeQueries: (texts, work = {}) => encode(texts, queryPrefix, work),
  };
}

/** Rows of some places, end to end. */
function gathered(from: Matrix, places: readonly number[]): Float32Array {
  const rows = new Float32Array(places.length * from.cols);
  places.forEach((place, i) => {
    rows.set(row(from, place), i * from.cols);
  });
  return rows;
}

/**
 * Puts the whole rows of an answer where they belong, at unit length: which places came, and which are left.
 * @throws CohearError ERR_FORMAT for vectors of another width
 */
function takeRows(
  answer: Answer,
  places: readonly number[],
  out: Matrix,
  url: string,
): { readonly came: number[]; readonly left: number[] } {
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
  return {
    came: places.filter((_, at) => found.has(at)),
    left: places.filter((_, at) => !found.has(at)),
  };
}
