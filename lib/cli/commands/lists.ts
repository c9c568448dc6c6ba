import { Command, Option } from 'commander';
import type { ListedItem, SearchSpace } from '../../pipeline/index.js';
import { examples, jsonOption, whole } from '../options.js';
import type { Shell } from '../shell.js';
import { textTable } from '../text-table.js';

interface ListCommandOptions {
  readonly workdir: string;
  readonly type?: string;
  readonly k: number;
  readonly json?: boolean;
}

/** A list of items as lines. */
export const itemTable = (items: readonly ListedItem[]): string =>
  textTable(
    ['#', 'item', 'type', 'title', 'score'],
    items.map(({ rank, id, type, title, score }) => [
      String(rank),
      id,
      type,
      shortened(title ?? ''),
      score.toFixed(4),
    ]),
  );

/** A title as a table shows it: cut at 60 characters. JSON has it whole. */
const shortened = (title: string) => {
  const letters = [...title];
  return letters.length <= 60 ? title : `${letters.slice(0, 59).join('')}…`;
};

function tell(shell: Shell, json: boolean | undefined, about: object, items: readonly ListedItem[]): void {
  shell.out(`${json ? JSON.stringify({ ...about, items }) : itemTable(items)}\n`);
}

const listCommand = (name: string): Command =>
  new Command(name)
    .requiredOption('--workdir <dir>', 'the folder of a finished run')
    .option('--type <type>', 'only items of this type (default: of all types)')
    .option('-k <n>', 'items to list', whole(1), 10)
    .addOption(jsonOption());

/** `cohear recommend`: what a user is likely to take next. */
export function recommendCommand(shell: Shell): Command {
  const command = listCommand('recommend')
    .summary('List what a user is likely to take next')
    .description(
      'List what a user is likely to take next, from a finished run; what the user has is left out.',
    )
    .requiredOption('--user <id>', 'id of the user, as in the events')
    .action(async ({ workdir, user, type, k, json }: ListCommandOptions & { user: string }) => {
      const items = await (await shell.product.open(workdir)).recommend(user, { k, type });
      tell(shell, json, { user }, items);
    });
  return examples(
    command,
    'recommend --workdir runs/food-kitchen --user A1B2C3',
    'recommend --workdir runs/audio --user u17 --type audiobook -k 5 --json',
  );
}

/** `cohear similar`: the items most like one. */
export function similarCommand(shell: Shell): Command {
  const command = listCommand('similar')
    .description('List the items most like one, from a finished run.')
    .requiredOption('--item <id>', 'id of the item, as in the item table')
    .action(async ({ workdir, item, type, k, json }: ListCommandOptions & { item: string }) => {
      const items = await (await shell.product.open(workdir)).similar(item, { k, type });
      tell(shell, json, { item }, items);
    });
  return examples(
    command,
    'similar --workdir runs/food-kitchen --item B000X',
    'similar --workdir runs/audio --item p42 --type audiobook',
  );
}

/** `cohear search`: the items that some words describe. */
export function searchCommand(shell: Shell): Command {
  const command = listCommand('search')
    .summary('Find items of every type by words')
    .description(
      'Find items of every type by words, from a finished run. The words are read as the text of an item that nobody ' +
        'has touched and compared with the texts, or go the way of a new item into the space that users and items share.',
    )
    .argument('<query>', 'what to look for, in quotes')
    .addOption(
      new Option(
        '--space <space>',
        "where to compare: the texts as they are, the graph network's space, or the two-tower's",
      )
        .choices(['text', 'hgnn', 'towers'])
        .default('text'),
    )
    .action(
      async (
        query: string,
        { workdir, type, k, space, json }: ListCommandOptions & { space: SearchSpace },
      ) => {
        const items = await (await shell.product.open(workdir)).search(query, { k, type, space });
        tell(shell, json, { query, space }, items);
      },
    );
  return examples(
    command,
    'search "true crime set in Scotland" --workdir runs/audio --type audiobook',
    'search "stainless steel kettle" --workdir runs/food-kitchen --space towers -k 5 --json',
  );
}
