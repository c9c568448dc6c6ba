import { alignColumns, LIST_METRIC } from '../../evaluation/index.js';
import { formatSeconds } from '../../progress/index.js';
import type { AblatedSlice, AblatedVariant, Ablation } from './ablate.js';
import { BASE } from './ablate.js';

const number = (value: number) => value.toFixed(4).replace(/^(-?)0\./, '$1.');
const signed = (value: number) => (value >= 0 ? `+${number(value)}` : number(value));

/** The slice that a table shows: every user, item and candidate of a scope. */
const whole = ({ users, items, candidates }: AblatedSlice) =>
  users === 'all' && items === 'all' && candidates === 'all';

/**
 * An ablation as text: per scope a table of variants with the first metric, its difference to the base with the 95 %
 * interval (marked * where it excludes zero), the other metrics' differences, coverage, and what the trainings took.
 */
export function formatAblation({ results, variants, window, why, system, seeds, config }: Ablation): string {
  const scopes = [...new Set(results.filter(whole).map(({ scope }) => scope))];
  const metrics = config.evaluation.metrics.filter((name) => !LIST_METRIC.test(name));
  const [first, ...others] = metrics;
  const coverage = config.evaluation.metrics.find((name) => name.startsWith('coverage@'));
  const head = [
    `${window === 'test' ? `Test window (${why})` : 'Validation window'}; base: ${system}; ${seeds.length > 1 ? 'seeds' : 'seed'} ${seeds.join(', ')}.`,
    'Differences are to the base over the same users (and seeds), with the 95 % interval; * excludes zero.',
    ...(seeds.length > 1 ? ['± is the standard deviation of the seeds.'] : []),
  ];
  const tables = scopes.map((scope) => {
    const rows = results.filter((row) => row.scope === scope && whole(row));
    const title = `${scope === 'all' ? 'All types' : scope}: ${rows[0]!.n_users} users`;
    const cells = rows.map((row) => {
      const figure = row.metrics[first!]!;
      const spread = figure.spread === null ? '' : ` ±${number(figure.spread)}`;
      return [
        row.name,
        `${number(figure.value)}${spread}`,
        difference(row, first!, true),
        ...others.map((metric) =>
          row.name === BASE ? number(row.metrics[metric]!.value) : difference(row, metric, false),
        ),
        ...(coverage ? [number(row.lists[coverage]?.value ?? Number.NaN)] : []),
        trainingTime(variants.find(({ name }) => name === row.name)!),
      ];
    });
    const columns = ['variant', first!, 'difference', ...others, ...(coverage ? [coverage] : []), 'training'];
    return `${title}\n${alignColumns([columns, ...cells])}`;
  });
  return [head.join('\n'), ...tables].join('\n\n');
}

function difference(row: AblatedSlice, metric: string, interval: boolean): string {
  const found = row.metrics[metric]!.difference;
  if (found === undefined) return '';
  const clear = found.low > 0 || found.high < 0 ? '*' : '';
  return `${signed(found.value)}${interval ? ` [${signed(found.low)}, ${signed(found.high)}]` : ''}${clear}`;
}

/** Mean time of the trainings that a variant's run has. */
function trainingTime({ stages }: AblatedVariant): string {
  const trained = ['hgnn', 'two-tower', 'two-tower-text'].flatMap((name) =>
    stages[name] ? [stages[name]] : [],
  );
  const mean = trained.map((runs) => runs.reduce((sum, { seconds }) => sum + seconds, 0) / runs.length);
  return trained.length === 0 ? '' : formatSeconds(mean.reduce((a, b) => a + b, 0));
}
