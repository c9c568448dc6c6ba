import { Command } from 'commander';
import { examples, jsonOption, threadsOption } from '../options.js';
import type { Shell } from '../shell.js';

/** `cohear doctor`: what is active on this machine. */
export function doctorCommand(shell: Shell): Command {
  const command = new Command('doctor')
    .summary('Tell what is active on this machine')
    .description(
      'Tell what is active on this machine: vector instructions, threads, matrix library, memory, encoders.',
    )
    .option('--encoder <dir>', 'look for a sentence encoder in this folder, too')
    .addOption(threadsOption())
    .addOption(jsonOption())
    .action(async (options: { encoder?: string; threads?: number; json?: boolean }) => {
      const { examine, formatFindings } = await import('../doctor.js');
      const findings = await examine(options);
      shell.out(options.json ? `${JSON.stringify(findings)}\n` : `${formatFindings(findings)}\n`);
    });
  return examples(command, 'doctor', 'doctor --encoder models/all-MiniLM-L6-v2 --json');
}
