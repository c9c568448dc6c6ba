/** The closed list of codes that a {@link CohearError} carries; native/core/error.h holds the same names. */
export type ErrorCode =
  | 'ERR_DTYPE' // an array or value of the wrong type
  | 'ERR_SHAPE' // sizes that do not fit each other
  | 'ERR_RANGE' // a number or index outside its range
  | 'ERR_VALUE' // a value that cannot be used (NaN, unsorted, detached, unknown)
  | 'ERR_CLOSED' // a handle used after close()
  | 'ERR_FORMAT' // a file that is not what it should be
  | 'ERR_MEMORY' // not enough memory
  | 'ERR_CANCELLED' // stopped on request
  | 'ERR_IO' // a file or folder that cannot be read or written
  | 'ERR_CONFIG' // a wrong configuration or command line
  | 'ERR_MISSING' // something optional that is not installed or not found
  | 'ERR_INTERNAL'; // our fault

/**
 * The one error class of cohear. `code` is from a closed list; `message` says what was wanted, what came and
 * what to do.
 */
export class CohearError extends Error {
  override readonly name = 'CohearError';
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Throws a {@link CohearError} unless `condition` holds. `message` may be a function, called only then. */
export function require(
  condition: unknown,
  code: ErrorCode,
  message: string | (() => string),
): asserts condition {
  if (!condition) throw new CohearError(code, typeof message === 'string' ? message : message());
}
