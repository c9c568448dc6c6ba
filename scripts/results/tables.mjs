// Tables of docs/results.md: each from one ablation.json of `cohear ablate`.
const BASE = 'base';
const bare = (value) => value.toFixed(4).replace(/^(-?)0\./, '$1.');
const signed = (value) => (value >= 0 ? `+${bare(value)}` : bare(value));

/** A figure with its interval. */
export const interval = ({ value, low, high }) => `${bare(value)} [${bare(low)}, ${bare(high)}]`;
/** A difference with its interval, bold where that excludes zero. */
export function change({ value, low, high }) {
  const text = `${signed(value)} [${signed(low)}, ${signed(high)}]`;
  return low > 0 || high < 0 ? `**${text}**` : text;
}

export const table = (head, rows) =>
  [
    `| ${head.join(' | ')} |`,
    `|${head.map(() => '---').join('|')}|`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n');

/** The row of a variant in a slice, or undefined where nobody is in it. */
export const rowOf = ({ results }, name, scope, slice = {}) => {
  const wanted = { users: 'all', items: 'all', candidates: 'all', ...slice, name, scope };
  return results.find((row) => Object.entries(wanted).every(([key, value]) => row[key] === value));
};

/** The variant whose only change is the system, or the base where that is its own. */
export const variantOf = ({ variants }, system) =>
  variants.find((one) => one.system === system && Object.keys(one.set).length === 0)?.name;

/** The variant that sets one field, whatever it is called. */
export const setting = ({ variants }, path, value) =>
  variants.find(
    (one) =>
      Object.keys(one.set).join() === path &&
      (value === undefined || JSON.stringify(one.set[path]) === JSON.stringify(value)),
  )?.name;

const withSpread = ({ spread, ...figure }) =>
  `${interval(figure)}${spread == null ? '' : ` ±${bare(spread)}`}`;
const listed = (row, metric) => (row.lists[metric] === undefined ? '' : bare(row.lists[metric].value));

/** Variants of one slice under the names they are listed by: HR@10 and its difference, MRR, coverage. */
function sliceTable(ablation, scope, users, [what, difference], listedAs) {
  const rows = listedAs.flatMap(([label, variant]) => {
    const row = rowOf(ablation, variant, scope, { users });
    if (!row) return [];
    const hr = row.metrics['hr@10'];
    const gain = hr.difference ? change(hr.difference) : '';
    return [[label, withSpread(hr), gain, interval(row.metrics.mrr), listed(row, 'coverage@10')]];
  });
  if (rows.length === 0) return `No ${users} users in the window.`;
  const { n_users } = rowOf(ablation, BASE, scope, { users });
  return `${n_users} users.\n\n${table([what, 'HR@10', difference, 'MRR', 'coverage@10'], rows)}`;
}

/** Systems of one slice, and the difference to the whole method. */
export function systemsTable(ablation, systems, scope, users) {
  const known = systems
    .map((system) => [system, variantOf(ablation, system)])
    .filter(([, variant]) => variant);
  return sliceTable(ablation, scope, users, ['system', 'difference to 2t-hgnn'], known);
}

/** The whole list of variants in one slice. */
export function ablationTable(ablation, scope, users) {
  const variants = ablation.variants
    .filter(({ name, set }) => name === BASE || Object.keys(set).length > 0)
    .map(({ name }) => [name, name]);
  return sliceTable(ablation, scope, users, ['variant', 'difference to base'], variants);
}

/** What of the method a setting belongs to, by its path. */
const PARTS = [
  ['text.', 'features: words'],
  ['twoTower.statistics', 'features: trend'],
  ['twoTower.windows', 'features: trend'],
  ['twoTower.weakWeight', 'history: weak signals'],
  ['twoTower.snapshots', 'history: replayed moments'],
  ['twoTower.', 'two-tower: loss and training'],
  ['hgnn.balanced', 'graph network: sampler'],
  ['hgnn.loss', 'graph network: loss'],
  ['hgnn.', 'graph network: training'],
  ['graph.', 'graph: edges'],
];
const partOf = ({ set, system }) => {
  const path = Object.keys(set)[0];
  if (path === undefined) return system === '2t' ? 'graph: all of it' : 'two-tower: one for all types';
  return PARTS.find(([prefix]) => path.startsWith(prefix))?.[1] ?? path;
};

/** What each part of the method is worth, the largest first: what the base has more than without it. */
export function gainsTable(ablation) {
  const { types, variants } = ablation;
  const rows = variants
    .filter(
      ({ name, set, system }) =>
        name !== BASE && (Object.keys(set).length > 0 || ['2t', '2t-hgnn-per-type'].includes(system)),
    )
    .map((variant) => {
      const gains = ['all', ...types].map((scope) => {
        const found = rowOf(ablation, variant.name, scope)?.metrics['hr@10'].difference;
        return found && reversed(found);
      });
      return { variant, gains };
    })
    .filter(({ gains }) => gains[0] !== undefined)
    .sort((a, b) => b.gains[0].value - a.gains[0].value);
  if (rows.length === 0) return '';
  return table(
    ['part', 'without it, or otherwise', 'all types', ...types],
    rows.map(({ variant, gains }) => [
      partOf(variant),
      variant.name,
      ...gains.map((gain) => (gain ? change(gain) : '')),
    ]),
  );
}

/** What the graph adds, from one run per value of a knob. */
export function sweepTable(points) {
  const { types } = points[0].ablation;
  const rows = points.map(({ label, ablation }) => [
    label,
    ...['all', ...types].map((scope) => {
      const name = variantOf(ablation, '2t');
      const row = name && rowOf(ablation, name, scope);
      // The difference is of the variant to the base: what the graph adds is the other way round.
      return row ? change(reversed(row.metrics['hr@10'].difference)) : '';
    }),
  ]);
  return table(['', 'all types', ...types], rows);
}

export const reversed = ({ value, low, high }) => ({ value: -value, low: -high, high: -low });

/** A search: what was tried, what it took, what it found. */
export function tuningTable({ objective, plan, spent, trials, best, difference, strategy }) {
  const paths = Object.keys(trials.find(({ trial }) => trial !== 0)?.set ?? {});
  const whole = trials
    .filter(({ rungs }) => rungs.at(-1)?.resource === plan.full)
    .sort((a, b) => b.rungs.at(-1).value - a.rungs.at(-1).value);
  const rows = whole.map(({ trial, set, rungs }) => [
    trial === 0 ? 'as it is' : trial,
    interval(rungs.at(-1)),
    ...paths.map((path) => (path in set ? `\`${JSON.stringify(set[path])}\`` : '')),
  ]);
  const { metric, scope, system } = objective;
  const end =
    difference === null
      ? 'No trial was better than the config as it is.'
      : `Trial ${best.trial} beside the config as it is: ${change(difference)}, on the users that it was chosen by.`;
  return `${metric} of ${system}, ${scope === 'all' ? 'all types' : scope}, validation window; ${strategy}, ${trials.length - 1} trials, ${spent.all} of ${plan.resource}. Those that had all of it:\n\n${table(['trial', metric, ...paths.map((path) => `\`${path}\``)], rows)}\n\n${end}`;
}
