import { CohearError, require } from '../errors/index.js';

/** What every service of an OpenAI-compatible API is told, whatever it is asked for. */
export interface ServiceOptions {
  /** Base of the API, such as https://api.openai.com/v1 or http://127.0.0.1:11434/v1; what is asked for is added. */
  readonly url: string;
  readonly model: string;
  /** Name of the environment variable that holds the key. Left out: no key is sent. */
  readonly keyEnv?: string | undefined;
  /** Requests at a time. Default 4. */
  readonly concurrency?: number | undefined;
  /** How long an answer may take. Default 60. */
  readonly timeoutSeconds?: number | undefined;
  /** Attempts after the first. Default 8. */
  readonly retries?: number | undefined;
  /** First pause before a retry. Default 1. */
  readonly pauseSeconds?: number | undefined;
  /** Price of a million tokens, read and written, in any currency; makes the estimate a cost. */
  readonly pricePerMillionTokens?: number | undefined;
  /** What it may take at most; more is refused before it starts, and stopped should the estimate be wrong. */
  readonly limitTokens?: number | undefined;
  readonly limitCost?: number | undefined;
}

export interface HttpOptions {
  /** Sent as a bearer token; stands in no message. */
  readonly key?: string | undefined;
  /** Of one attempt, milliseconds. */
  readonly timeoutMs: number;
  /** Attempts after the first. */
  readonly retries: number;
  /** First pause, milliseconds; it doubles with each attempt, up to a minute, and is drawn from its upper half. */
  readonly pauseMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly onRetry?: ((message: string) => void) | undefined;
}

/**
 * How a service's requests are sent. The key is read from the environment here, when it is needed.
 * @throws CohearError ERR_MISSING where the variable holds no key; `field` is the config's, for the message
 */
export function httpOptions(
  { url, keyEnv, timeoutSeconds = 60, retries = 8, pauseSeconds = 1 }: ServiceOptions,
  field: string,
  { signal, onRetry }: Pick<HttpOptions, 'signal' | 'onRetry'>,
): HttpOptions {
  const key = keyEnv === undefined ? undefined : process.env[keyEnv];
  require(keyEnv === undefined || key, 'ERR_MISSING', () =>
    `${field}: the environment variable ${keyEnv} holds no key for ${url}; set it, or leave keyEnv out`);
  return { key, timeoutMs: timeoutSeconds * 1000, retries, pauseMs: pauseSeconds * 1000, signal, onRetry };
}

/**
 * Does `work` on each of `queue`, `concurrency` at a time, in order. After a failure nothing new is begun; what is
 * under way ends, and the first failure is thrown.
 */
export async function inLanes<T>(
  queue: readonly T[],
  concurrency: number,
  work: (one: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  const failures: unknown[] = [];
  const lane = async () => {
    while (next < queue.length && failures.length === 0)
      await work(queue[next++]!).catch((error: unknown) => failures.push(error));
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, queue.length) }, lane));
  if (failures.length > 0) throw failures[0];
}

/** An answer that another attempt may better. */
export class Retry extends Error {
  constructor(
    message: string,
    /** What the server asked for, milliseconds. */
    readonly pauseMs?: number,
  ) {
    super(message);
  }
}

/** The server says that the request is too large (413): a smaller one may pass. */
export class TooLarge extends Error {}

const LONGEST_PAUSE = 60_000;
/** Longer waits than this are the user's business (a used-up quota, say). */
const LONGEST_WISH = 600_000;

/**
 * Posts JSON and reads JSON, with time-outs and retries: 408, 409, 425, 429, 5xx, broken connections, answers that
 * are cut or no JSON, and whatever `read` throws as {@link Retry}. `Retry-After` is kept to.
 * @param read takes from the answer, of which nothing is known, what is wanted
 * @throws CohearError ERR_IO when attempts are used up or the server refuses; ERR_CANCELLED; {@link TooLarge}
 */
export async function postJson<Answer, T>(
  url: string,
  body: unknown,
  read: (answer: Answer) => T,
  options: HttpOptions,
): Promise<T> {
  const { retries, signal, onRetry } = options;
  for (let attempt = 0; ; attempt++) {
    if (signal?.aborted) throw cancelled();
    try {
      return read((await attemptOnce(url, body, options)) as Answer);
    } catch (error) {
      if (signal?.aborted) throw cancelled();
      if (!(error instanceof Retry)) throw error;
      const why = hide(error.message, options.key);
      const wish = error.pauseMs ?? 0;
      if (attempt >= retries || wish > LONGEST_WISH)
        throw new CohearError(
          'ERR_IO',
          `${url}: ${why}; ` +
            (wish > LONGEST_WISH
              ? `it asks to wait ${Math.round(wish / 1000)} s`
              : `gave up after ${attempt + 1} attempts`) +
            '. What is finished stays in the cache: run again to go on',
        );
      const backoff = Math.min(LONGEST_PAUSE, options.pauseMs * 2 ** attempt);
      const pause = Math.max(wish, backoff * (0.5 + Math.random() / 2));
      onRetry?.(`${url}: ${why}; attempt ${attempt + 2} of ${retries + 1} in ${(pause / 1000).toFixed(1)} s`);
      await sleep(pause, signal);
    }
  }
}

async function attemptOnce(url: string, body: unknown, options: HttpOptions): Promise<unknown> {
  const { key, timeoutMs, signal } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
      body: JSON.stringify(body),
      redirect: 'error', // the key is for this server alone
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    text = await response.text();
  } catch (cause) {
    if (timeout.aborted) throw new Retry(`no answer within ${timeoutMs / 1000} s`);
    const { message, cause: deeper } = cause as Error & { cause?: Error };
    throw new Retry(`the connection failed (${deeper?.message ?? message})`);
  }
  const { status } = response;
  if (status === 413) throw new TooLarge('the request is too large');
  if (status === 408 || status === 409 || status === 425 || status === 429 || status >= 500)
    throw new Retry(`status ${status}`, retryAfter(response.headers.get('retry-after')));
  if (!response.ok) throw refused(url, status, text, key);
  try {
    return JSON.parse(text);
  } catch {
    throw new Retry('its answer is cut or no JSON');
  }
}

function refused(url: string, status: number, text: string, key: string | undefined): CohearError {
  const hint =
    status === 401 || status === 403
      ? key
        ? '; check the key in the environment variable of `keyEnv`'
        : '; it wants a key: name the environment variable that holds it with `keyEnv`'
      : status === 404
        ? '; check `url` (its end is usually /v1) and `model`'
        : '';
  const said = hide(text.slice(0, 300).replace(/\s+/g, ' ').trim(), key);
  return new CohearError('ERR_IO', `${url}: refused with status ${status}${said ? `: ${said}` : ''}${hint}`);
}

/** A message without the key, should a server have sent it back. */
const hide = (text: string, key: string | undefined): string => (key ? text.replaceAll(key, '***') : text);

/** Milliseconds of a Retry-After header: seconds, or a date. */
export function retryAfter(header: string | null, now = Date.now()): number | undefined {
  if (header === null) return undefined;
  const seconds = Number(header);
  if (header.trim() !== '' && Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

const cancelled = () => new CohearError('ERR_CANCELLED', 'text encoding was stopped');

function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener('abort', done);
  });
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
