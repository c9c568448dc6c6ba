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

/** Systems of one slice: HR@10, MRR, coverage, and the difference to the whole method. */
export function systemsTable(ablation, systems, scope, users) {
  const rows = systems.flatMap((system) => {
    const name = variantOf(ablation, system);
    const row = name && rowOf(ablation, name, scope, { users });
    if (!row) return [];
    const hr = row.metrics['hr@10'];
    return [
      [
        system,
        withSpread(hr),
        hr.difference ? change(hr.difference) : '',
        interval(row.metrics.mrr),
        listed(row, 'coverage@10'),
      ],
    ];
  });
  if (rows.length === 0) return `No ${users} users in the window.`;
  const { n_users } = rowOf(ablation, BASE, scope, { users });
  return `${n_users} users.\n\n${table(['system', 'HR@10', 'difference to 2t-hgnn', 'MRR', 'coverage@10'], rows)}`;
}

/** The whole list of variants in one slice. */
export function ablationTable(ablation, scope, users) {
  const rows = ablation.variants
    .filter(({ name, set }) => name === BASE || Object.keys(set).length > 0)
    .flatMap(({ name }) => {
      const row = rowOf(ablation, name, scope, { users });
      if (!row) return [];
      const hr = row.metrics['hr@10'];
      return [
        [
          name,
          withSpread(hr),
          hr.difference ? change(hr.difference) : '',
          interval(row.metrics.mrr),
          listed(row, 'coverage@10'),
        ],
      ];
    });
  if (rows.length === 0) return `No ${users} users in the window.`;
  const { n_users } = rowOf(ablation, BASE, scope, { users });
  return `${n_users} users.\n\n${table(['variant', 'HR@10', 'difference to base', 'MRR', 'coverage@10'], rows)}`;
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
