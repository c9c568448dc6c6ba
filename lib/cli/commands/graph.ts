import { Command } from 'commander';
import { CohearError } from '../../errors/index.js';
import type { GraphStats } from '../../graph/index.js';
import { examples, jsonOption, workdirOption } from '../options.js';
import type { Shell } from '../shell.js';
import { textTable } from '../text-table.js';

interface StatsOptions {
  readonly workdir?: string;
  readonly file?: string;
  readonly json?: boolean;
}

const short = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(2));
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** The statistics of a graph as lines; `types` are the names of its item types, where they are known. */
export function statsText(title: string, stats: GraphStats, types: readonly string[] | undefined): string {
  const name = (type: number) => types?.[type] ?? String(type);
  const { nodesPerType, components, homophily } = stats;
  const rows = stats.relations.map(({ sourceType, destinationType, edges, degrees }) => [
    `${name(sourceType)} → ${name(destinationType)}`,
    String(edges),
    ...[degrees.mean, degrees.p50, degrees.p90, degrees.p99, degrees.max, degrees.none].map(short),
  ]);
  return [
    `${title}: ${stats.nodes} items (${nodesPerType.map((n, t) => `${name(t)} ${n}`).join(', ')}), ${stats.edges} edges` +
      `${stats.users > 0 ? ` from ${stats.users} users` : ''}, ${(stats.bytes / 1e6).toFixed(1)} MB`,
    textTable(['relation', 'edges', 'mean', 'p50', 'p90', 'p99', 'max', 'without'], rows),
    `isolated ${stats.isolated}; components ${components.count}, the largest of ${components.largest} items; edges ` +
      `within a type ${percent(homophily.sameType)} (${percent(homophily.expected)} by chance)`,
  ].join('\n');
}

/** `cohear graph`: what there is to know of item graphs. */
export function graphCommand(shell: Shell): Command {
  const stats = new Command('stats')
    .summary('Tell what a graph looks like')
    .description(
      'Tell what a graph looks like: items, edges and degrees per relation (source → destination; degrees count the\n' +
        'edges that lead to an item), isolated items, components, and how often edges stay within a type.',
    )
    .addOption(workdirOption('the folder of a run, whose whole and pruned graphs are told'))
    .option('--file <path>', 'a graph file instead')
    .addOption(jsonOption())
    .action(async ({ workdir, file, json }: StatsOptions) => {
      if ((workdir === undefined) === (file === undefined))
        throw new CohearError('ERR_CONFIG', 'graph stats: want either --workdir or --file');
      const found = await shell.product.graphStats(workdir === undefined ? { file: file! } : { workdir });
      shell.out(
        json
          ? `${JSON.stringify(found)}\n`
          : `${Object.entries(found.graphs)
              .map(([name, one]) => statsText(name, one, found.types))
              .join('\n\n')}\n`,
      );
    });
  examples(stats, 'graph stats --workdir runs/food-kitchen', 'graph stats --file pruned.safetensors --json');
  return examples(
    new Command('graph').description('What there is to know of item graphs.').addCommand(stats),
    'graph stats --workdir runs/food-kitchen',
  );
}
