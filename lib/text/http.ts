import { CohearError } from '../errors/index.js';

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
 * @param read takes from the answer what is wanted
 * @throws CohearError ERR_IO when attempts are used up or the server refuses; ERR_CANCELLED; {@link TooLarge}
 */
export async function postJson<T>(
  url: string,
  body: unknown,
  read: (answer: unknown) => T,
  options: HttpOptions,
): Promise<T> {
  const { retries, signal, onRetry } = options;
  for (let attempt = 0; ; attempt++) {
    if (signal?.aborted) throw cancelled();
    try {
      return read(await attemptOnce(url, body, options));
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
