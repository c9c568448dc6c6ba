import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Command } from 'commander';
import { require } from '../../errors/index.js';
import { examples, jsonOption, threadsOption, whole } from '../options.js';
import type { Shell } from '../shell.js';
import { applyThreads, interruptible } from '../work.js';

interface DistillCommandOptions {
  readonly model: string;
  readonly out: string;
  readonly dimension: number;
  readonly overwrite?: boolean;
  readonly threads?: number;
  readonly json?: boolean;
}

/** `cohear distill`: a table of token vectors from a sentence encoder, to encode without running a model. */
export function distillCommand(shell: Shell): Command {
  const command = new Command('distill')
    .summary('Make a fast static encoder from a sentence encoder')
    .description(
      'Make a fast static encoder from a sentence encoder: each token of its vocabulary goes through the model once, ' +
        'and what is left is a table of small vectors that encodes some 100,000 texts a second. Name the table in a ' +
        'config as text: { encoder: { distilled: FILE } }. The encoder "built-in" is such a table, made of ' +
        'all-MiniLM-L6-v2 (English).',
    )
    .requiredOption('--model <dir>', 'folder of an ONNX sentence encoder with an uncased WordPiece tokenizer')
    .requiredOption('--out <file>', 'the table to write, a .safetensors file')
    .option('--dimension <n>', 'width of the vectors', whole(1, 4096), 64)
    .option('--overwrite', 'replace the table if it is there')
    .addOption(threadsOption())
    .addOption(jsonOption())
    .action(async ({ model, out, dimension, overwrite, threads, json }: DistillCommandOptions) => {
      require(overwrite || !existsSync(out), 'ERR_CONFIG', () =>
        `${out} exists: name another file with --out, or replace it with --overwrite`);
      await applyThreads(threads);
      const table = await interruptible(shell, (signal) =>
        shell.product.distill({ model, out, dimension }, { signal, onProgress: shell.reporter.onProgress }),
      );
      const made = { out, tokens: table.scales.length, dimension, bytes: (await stat(out)).size };
      shell.out(
        json
          ? `${JSON.stringify({ ...made, ...table.about })}\n`
          : `${out}: ${made.tokens} tokens of ${dimension} dimensions, ${(made.bytes / 1e6).toFixed(1)} MB\n`,
      );
    });
  return examples(
    command,
    'distill --model models/all-MiniLM-L6-v2 --out table.safetensors',
    'distill --model models/bge-small-en --out models/bge-128.safetensors --dimension 128',
  );
}
