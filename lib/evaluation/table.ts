import type { Evaluation, Figure, SystemResult } from './types.js';

/**
 * The evaluation as text: for each scope a table of systems by metrics over all users and items, each with its
 * 95 % interval, then the first metric of every slice.
 */
export function formatTable({ systems }: Evaluation): string {
  const scopes = [...new Set(systems.map(({ scope }) => scope))];
  return scopes
    .map((scope) => {
      const ofScope = systems.filter((result) => result.scope === scope);
      return `${mainTable(scope, ofScope)}\n\n${sliceTable(ofScope)}`;
    })
    .join('\n\n');
}

const number = (value: number) => value.toFixed(4).replace(/^(-?)0\./, '$1.');
/** A figure with its interval where it has one. */
export const figureText = (figure: Figure) =>
  figure.low === undefined
    ? number(figure.value)
    : `${number(figure.value)} [${number(figure.low)}, ${number(figure.high!)}]`;

function mainTable(scope: string, results: readonly SystemResult[]): string {
  const whole = results.filter(
    ({ users, items, candidates }) => users === 'all' && items === 'all' && candidates === 'all',
  );
  const title = `${scope === 'all' ? 'All types' : scope}: ${whole[0]?.n_users ?? 0} users, every item a candidate`;
  const columns = Object.keys(whole[0]?.metrics ?? {});
  const rows = whole.map(({ name, metrics }) => [
    name,
    ...columns.map((metric) => figureText(metrics[metric]!)),
  ]);
  return `${title}\n${alignColumns([['system', ...columns], ...rows])}`;
}

/** "cold items among cold" and the like. */
const sliceName = ({ users, items, candidates }: SystemResult) =>
  [
    users === 'all' ? '' : `${users} users`,
    items === 'all' ? '' : `${items} items${candidates === 'cold' ? ' among cold' : ''}`,
  ]
    .filter(Boolean)
    .join(', ') || 'all';

function sliceTable(results: readonly SystemResult[]): string {
  const names = [...new Set(results.map(({ name }) => name))];
  const slices = new Map<string, Map<string, SystemResult>>();
  for (const result of results) {
    const slice = sliceName(result);
    if (!slices.has(slice)) slices.set(slice, new Map());
    slices.get(slice)!.set(result.name, result);
  }
  const [first] = Object.keys(results[0]?.metrics ?? {}); // the metric that was named first
  const rows = [...slices].map(([slice, bySystem]) => [
    slice,
    String([...bySystem.values()][0]!.n_users),
    ...names.map((name) => number(bySystem.get(name)!.metrics[first!]!.value)),
  ]);
  return alignColumns([[first!, 'users', ...names], ...rows]);
}

/** Rows of cells as lines of columns of equal width: the first to the left, the others to the right. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, c) => Math.max(...rows.map((row) => row[c]!.length)));
  return rows
    .map((row) =>
      row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!))).join('  '),
    )
    .join('\n');
}
