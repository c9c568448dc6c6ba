import { addon } from './addon.js';

export { type Addon, addon } from './addon.js';

/** Threads that native work uses in this process, the calling one included. */
export const threads = (): number => addon.threads();

/**
 * Sets the number of threads of native work (1 or more). Results do not depend on it.
 * @throws CohearError ERR_RANGE
 */
export const setThreads = (count: number): void => addon.setThreads(count);

/** The vector instructions picked for this machine. */
export const simd = (): string => addon.simd();
