import { CohearError } from '../errors/index.js';
import type { LongWork } from './index.js';

const POLL_MS = 100;

/**
 * Runs one native call that takes a watch, [cancel, done] over shared memory: an abort of `work.signal` sets
 * cancel, and done is reported as progress while the call runs and once at its end.
 */
export async function watched<T>(
  work: LongWork,
  task: string,
  total: number,
  unit: string,
  call: (watch: Int32Array) => Promise<T>,
): Promise<T> {
  if (work.signal?.aborted) throw new CohearError('ERR_CANCELLED', `${task}: stopped on request`);
  const watch = new Int32Array(new SharedArrayBuffer(8));
  const cancel = () => Atomics.store(watch, 0, 1);
  const report = () => work.onProgress?.({ task, done: Atomics.load(watch, 1), total, unit });
  const timer = work.onProgress ? setInterval(report, POLL_MS) : undefined;
  work.signal?.addEventListener('abort', cancel, { once: true });
  try {
    const result = await call(watch);
    report();
    return result;
  } finally {
    clearInterval(timer);
    work.signal?.removeEventListener('abort', cancel);
  }
}
