import { CohearError, type ErrorCode } from '../errors/index.js';

/** A wrong command line, told as the one who typed it would put it right. */
export const usage = (message: string): CohearError => new CohearError('ERR_CONFIG', message);

/** The exit code of a failure: 2 for a wrong config or command line, 130 for Ctrl-C, 1 for all else. */
export function exitCodeOf(error: unknown): number {
  const code: ErrorCode | undefined = error instanceof CohearError ? error.code : undefined;
  return code === 'ERR_CONFIG' ? 2 : code === 'ERR_CANCELLED' ? 130 : 1;
}

/** A failure in words; the stack, with those of its causes, only where it is asked for or the fault is ours. */
export function describeError(error: unknown, debug: boolean): string {
  if (!(error instanceof Error)) return `error (ERR_INTERNAL): ${String(error)}`;
  const code = error instanceof CohearError ? error.code : 'ERR_INTERNAL';
  const lines = [`error (${code}): ${error.message}`];
  if (debug) {
    for (let at: unknown = error; at instanceof Error; at = at.cause) lines.push(at.stack ?? at.message);
  } else if (code === 'ERR_INTERNAL') {
    lines.push('This is a fault of cohear. Run again with --debug for details that help to report it.');
  }
  return lines.join('\n');
}
