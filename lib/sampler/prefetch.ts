import { CohearError, require } from '../errors/index.js';

export interface PrefetchOptions {
  /**
   * Batches made ahead of the one in use, on other threads; 2 unless given. So many batches are held in memory
   * besides the one in use. It changes when batches are made, never what is in them.
   */
  readonly prefetch?: number | undefined;
  /** Ends the loop with ERR_CANCELLED before its next batch. */
  readonly signal?: AbortSignal | undefined;
}

/** A whole batch: number `step` of `steps`. */
export interface Step {
  readonly step: number;
  readonly steps: number;
}

/** @throws CohearError ERR_RANGE */
export function checkLoader(batch: number, { prefetch = 2 }: PrefetchOptions): void {
  require(Number.isInteger(batch) && batch >= 1, 'ERR_RANGE', () =>
    `batch: want a whole number of 1 or more, got ${batch}`);
  require(Number.isInteger(prefetch) && prefetch >= 0 && prefetch <= 64, 'ERR_RANGE', () =>
    `prefetch: want a whole number from 0 to 64, got ${prefetch}`);
}

/**
 * The results of start(0) .. start(steps - 1) in order, up to `prefetch` of them begun ahead of the one in use.
 * An error reaches the loop once, at the step it belongs to, and ends it; leaving the loop early, or its end by
 * an error, waits for what is under way.
 * @throws CohearError ERR_CANCELLED, and what `start` throws
 */
export async function* prefetched<T extends object>(
  steps: number,
  start: (step: number) => Promise<T>,
  { prefetch = 2, signal }: PrefetchOptions,
): AsyncGenerator<T & Step, void, undefined> {
  const ahead: Promise<T>[] = [];
  let begun = 0;
  const begin = (): Promise<T> => {
    const made = start(begun++);
    made.catch(() => {}); // the loop hears of it when it gets there; until then it must not count as unhandled
    return made;
  };
  try {
    for (let step = 0; step < steps; step++) {
      throwIfAborted(signal);
      const current = ahead.shift() ?? begin();
      while (ahead.length < prefetch && begun < steps) ahead.push(begin());
      const made = await current;
      throwIfAborted(signal);
      yield { ...made, step, steps };
    }
  } finally {
    await Promise.allSettled(ahead);
  }
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new CohearError('ERR_CANCELLED', 'loading was stopped on request', { cause: signal.reason });
  }
}
