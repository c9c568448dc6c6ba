import { CohearError } from '../errors/index.js';

/**
 * A safe point of long work: does nothing until `signal` is aborted.
 * @throws CohearError ERR_CANCELLED once it is; `what` names the work in the message
 */
export function checkCancelled(signal: AbortSignal | undefined, what = 'the work'): void {
  if (signal?.aborted) throw new CohearError('ERR_CANCELLED', `${what} was stopped on request`);
}
