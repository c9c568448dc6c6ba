import { Command } from 'commander';
import { version } from '../pipeline/version.js';
import { ablateCommand } from './commands/ablate.js';
import { demoCommand } from './commands/demo.js';
import { distillCommand } from './commands/distill.js';
import { doctorCommand } from './commands/doctor.js';
import { evaluateCommand } from './commands/evaluate.js';
import { graphCommand } from './commands/graph.js';
import { leakcheckCommand } from './commands/leakcheck.js';
import { recommendCommand, searchCommand, similarCommand } from './commands/lists.js';
import { runCommand } from './commands/run.js';
import { synthCommand } from './commands/synth.js';
import { textCommand } from './commands/text.js';
import { tuneCommand } from './commands/tune.js';
import { examples } from './options.js';
import type { Shell } from './shell.js';

/** The whole command line. Errors of parsing are thrown, and written to the shell's streams. */
export function createProgram(shell: Shell): Command {
  const program = new Command('cohear')
    .description(
      'Graph foundation models for personalization: from an event log and item texts to recommendations.\n\n' +
        'Start with `cohear demo`, then write a config for your own events and `cohear run` it.',
    )
    .version(version, '-V, --version', 'print the version')
    .option('--debug', 'print stacks of errors')
    .showSuggestionAfterError();
  for (const command of [
    runCommand(shell),
    evaluateCommand(shell),
    ablateCommand(shell),
    tuneCommand(shell),
    leakcheckCommand(shell),
    recommendCommand(shell),
    similarCommand(shell),
    graphCommand(shell),
    searchCommand(shell),
    synthCommand(shell),
    demoCommand(shell),
    textCommand(shell),
    distillCommand(shell),
    doctorCommand(shell),
  ])
    program.addCommand(command);
  const commands = program.commands.flatMap((command) => [command, ...command.commands]);
  for (const command of [program, ...commands])
    command
      .exitOverride()
      .helpOption('-h, --help', 'print this help')
      .configureHelp({ showGlobalOptions: true })
      .configureOutput({
        writeOut: shell.out,
        writeErr: (text) => void shell.err.write(text),
        outputError: (text, write) => write(text.replace(/^error: /, 'error (ERR_CONFIG): ')),
      });
  return examples(
    program,
    'demo',
    'run --config examples/food-kitchen/cohear.config.ts',
    'recommend --workdir runs/food-kitchen --user A1B2C3 -k 5',
    'doctor',
  );
}
