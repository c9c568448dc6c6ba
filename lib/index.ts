export { CohearError, type ErrorCode } from './errors/index.js';
export { setThreads, simd, threads } from './native/index.js';
