import { resolve } from 'node:path';
import { Command } from 'commander';
import type { TextEvaluation } from '../../pipeline/index.js';
import { examples, jsonOption, overridesOf, setOption, threadsOption } from '../options.js';
import type { Shell } from '../shell.js';
import { textTable } from '../text-table.js';
import { applyThreads, interruptible } from '../work.js';

interface EvalOptions {
  readonly config: string;
  readonly encoder?: string;
  readonly set?: string[];
  readonly threads?: number;
  readonly json?: boolean;
}

/** An encoder from the command line: a name, a table of `cohear distill`, or a model's folder. */
const encoderOf = (name: string): unknown => {
  if (name === 'built-in' || name === 'hashing') return name;
  if (name.startsWith('hf://')) return { onnx: name };
  return name.endsWith('.safetensors') ? { distilled: resolve(name) } : { onnx: resolve(name) };
};

/** `cohear text`: what concerns texts alone. */
export function textCommand(shell: Shell): Command {
  const command = new Command('text')
    .summary('Judge text encoders on your own events')
    .description('What concerns texts alone, before anything is trained.');
  command.addCommand(evalCommand(shell));
  return examples(command, 'text eval --config cohear.config.ts --encoder hashing');
}

function evalCommand(shell: Shell): Command {
  const command = new Command('eval')
    .summary('How good an encoder is for your events, without training')
    .description(
      'Say how good a text encoder is for your events, without training: how often an item and its neighbours in ' +
        'words were taken by the same user, and what LLM-KNN (a user is the mean of what they took) finds on the ' +
        'validation window, for warm and cold items. Compare encoders by it before you train.',
    )
    .requiredOption('--config <file>', 'a cohear config (.ts, .js or .json)')
    .option(
      '--encoder <name>',
      'built-in, hashing, the folder of an ONNX encoder, hf://organisation/name, or a table of `cohear distill` ' +
        "(default: the config's; endpoints are named there)",
    )
    .addOption(setOption())
    .addOption(threadsOption())
    .addOption(jsonOption())
    .action(async ({ config, encoder, threads, json, ...rest }: EvalOptions) => {
      await applyThreads(threads);
      const overrides = await overridesOf(rest);
      if (encoder !== undefined) overrides.push({ path: ['text', 'encoder'], value: encoderOf(encoder) });
      const result = await interruptible(shell, (signal) =>
        shell.product.evaluateText(config, overrides, {
          signal,
          onProgress: shell.reporter.onProgress,
          onWarning: (message) => shell.reporter.line(message),
        }),
      );
      shell.out(json ? `${JSON.stringify(asJson(result))}\n` : asText(result));
    });
  return examples(
    command,
    'text eval --config cohear.config.ts',
    'text eval --config cohear.config.ts --encoder models/all-MiniLM-L6-v2 --json',
  );
}

const asJson = ({ encoder, seconds, neighbours, llmKnn }: TextEvaluation) => ({
  encoder,
  seconds,
  items: neighbours.items,
  asked: neighbours.asked,
  [`neighbour_hit_rate@${neighbours.k}`]: neighbours.hitRate,
  [`any_hit@${neighbours.k}`]: neighbours.anyHit,
  chance: neighbours.chance,
  llm_knn: llmKnn.map(({ name: _, ...result }) => result),
});

function asText({ encoder, neighbours, llmKnn }: TextEvaluation): string {
  const { items, asked, k, hitRate, anyHit, chance } = neighbours;
  const shown = llmKnn.filter(
    ({ users, items: of, candidates }) =>
      users === 'all' && (of === 'all' || of === 'warm' || candidates === 'cold'),
  );
  const words = (result: (typeof shown)[number]) =>
    result.items === 'all' ? 'all items' : result.items === 'warm' ? 'warm items' : 'cold items among cold';
  return `encoder ${encoder.name}, ${encoder.dimension} dimensions; ${items} items with words, ${asked} asked
neighbour_hit_rate@${k}  ${hitRate.toFixed(4)}  (${chance.toFixed(4)} by chance)
any_hit@${k}             ${anyHit.toFixed(4)}

LLM-KNN on the validation window
${textTable(
  ['scope', '', 'users', 'hr@10', 'mrr', 'recall@20'],
  shown.map((result) => [
    result.scope,
    words(result),
    String(result.n_users),
    ...(['hr@10', 'mrr', 'recall@20'] as const).map((metric) => result.metrics[metric].value.toFixed(4)),
  ]),
)}
`;
}
