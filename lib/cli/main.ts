import { CommanderError } from 'commander';
import { describeError, exitCodeOf } from './errors.js';
import { createProgram } from './program.js';
import { makeShell, type Shell } from './shell.js';

/**
 * Runs one command line.
 * @param args the words after the program's name
 * @returns the exit code: 0, 2 for a wrong command line or config, 130 after Ctrl-C, 1 for other failures
 */
export async function main(args: readonly string[], shell: Shell = makeShell()): Promise<number> {
  try {
    await createProgram(shell).parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has told of these itself: help and version end well, the rest is a wrong command line.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    shell.reporter.settle();
    shell.err.write(`${describeError(error, args.includes('--debug'))}\n`);
    return exitCodeOf(error);
  }
}
