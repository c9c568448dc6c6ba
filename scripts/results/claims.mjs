// The claims of the papers (docs/results.md lists them), each with a verdict from an ablation.json.
import { change, interval, reversed, rowOf, setting, variantOf } from './tables.mjs';

const seconds = (ablation, name, stage) => {
  const runs = ablation.variants.find((one) => one.name === name)?.stages[stage];
  return runs && runs.reduce((sum, run) => sum + run.seconds, 0) / runs.length;
};
const better = ({ low }) => low > 0;
const worse = ({ high }) => high < 0;

/** What the base gains over a variant in a slice; undefined where there is nothing to compare. */
const gain = (ablation, name, scope, slice) => {
  const difference = name && rowOf(ablation, name, scope, slice)?.metrics['hr@10'].difference;
  return difference && reversed(difference);
};
/** Gains of the base, each with words for where. */
function gains(ablation, names, scopes, slices) {
  return names.flatMap((name) =>
    scopes.flatMap((scope) =>
      slices.flatMap(([words, slice]) => {
        const found = gain(ablation, name, scope, slice);
        return found
          ? [
              {
                where: [`over ${name}`, scope === 'all' ? 'all types' : scope, words]
                  .filter(Boolean)
                  .join(', '),
                ...found,
              },
            ]
          : [];
      }),
    ),
  );
}

/** holds: all above zero. does not hold: one below. not shown: neither. */
const verdict = (found) =>
  found.length === 0
    ? 'not measured'
    : found.some(worse)
      ? 'does not hold'
      : found.every(better)
        ? 'holds'
        : 'not shown';
/** As `verdict`, where the claim is only that nothing is lost. */
const noWorse = (found) => {
  const words = verdict(found);
  return words === 'not shown' ? 'no loss seen' : words;
};
const list = (found) => found.map(({ where, ...figure }) => `- ${where}: ${change(figure)}`).join('\n');

const SIMILAR = {
  'popularity-14d': 'what is popular, whatever the item',
  'llm-knn': 'texts alone',
  'hgnn-knn': "the graph network's space",
  'item-knn': 'co-interaction counts',
};

/** What the shared space gains over a system at similar items. */
function similarGain(similar, name, scope) {
  const rows = (similar ?? []).flatMap(({ paired }) => {
    const row = paired.find(
      ({ a, b, scope: of, metric }) =>
        of === scope && metric === 'hr@10' && [a, b].sort().join() === [name, '2t-hgnn'].sort().join(),
    );
    if (!row) return [];
    const { difference: value, low, high } = row;
    return [row.a === '2t-hgnn' ? { value, low, high } : reversed({ value, low, high })];
  });
  if (rows.length === 0) return undefined;
  return {
    value: rows.reduce((sum, { value }) => sum + value, 0) / rows.length,
    low: Math.min(...rows.map(({ low }) => low)),
    high: Math.max(...rows.map(({ high }) => high)),
  };
}

const CLAIMS = [
  {
    text: '(i) Text features make any item type a node.',
    judge(a) {
      const name = setting(a, 'text.template');
      const found = gains(
        a,
        [name],
        ['all', ...a.types],
        [
          ['all users', {}],
          ['cold items among cold', { items: 'cold', candidates: 'cold' }],
        ],
      );
      return [
        verdict(found.filter(({ where }) => where.includes('cold'))),
        `HR@10 with the items' words, less with the name of their type alone; judged by items that nobody had:\n\n${list(found)}`,
      ];
    },
  },
  {
    text: '(ii) 2T-HGNN beats each part alone, for warm and cold users.',
    judge(a) {
      const parts = ['2t', 'hgnn-knn', 'llm-knn'].map((system) => variantOf(a, system)).filter(Boolean);
      const found = gains(
        a,
        parts,
        ['all', ...a.types],
        [
          ['warm users', { users: 'warm' }],
          ['cold users', { users: 'cold' }],
        ],
      );
      return [verdict(found), `Gain in HR@10:\n\n${list(found)}`];
    },
  },
  {
    text: '(iii) One unified two-tower is at least as good as one per type.',
    judge(a) {
      const found = gains(a, [variantOf(a, '2t-hgnn-per-type')].filter(Boolean), a.types, [['', {}]]);
      return [noWorse(found), `Gain in HR@10 within each type:\n\n${list(found)}`];
    },
  },
  {
    text: '(iv) One shared space serves recommendations, similar items and search.',
    judge({ similar, types }) {
      const found = ['all', ...types].flatMap((scope) =>
        ['popularity-14d', 'llm-knn', 'hgnn-knn', 'item-knn'].flatMap((name) => {
          const gain = similarGain(similar, name, scope);
          const what = scope === 'all' ? 'items of all types' : scope;
          return gain ? [{ where: `over ${SIMILAR[name]}, ${what}`, name, ...gain }] : [];
        }),
      );
      const before = found.filter(({ name }) => name === 'llm-knn');
      return [
        noWorse(before),
        `Gain in HR@10 of similar items in the shared space: whether one of the ten nearest was taken by the same user in the window ([evaluation.md](evaluation.md)); the verdict is on it beside the texts alone. Of several seeds the mean, with the widest of their intervals. Search in the same space is measured in [text.md](text.md).\n\n${list(found)}`,
      ];
    },
  },
  {
    text: '(v) New items, and a whole new type, get useful embeddings without retraining.',
    judge(a) {
      const cold = { items: 'cold', candidates: 'cold' };
      const names = [
        variantOf(a, 'llm-knn'),
        ...a.variants.map(({ name, system }) => (system.startsWith('popularity') ? name : undefined)),
      ].filter(Boolean);
      const found = gains(a, [...new Set(names)], ['all', ...a.types], [['cold items among cold', cold]]);
      const own = ['all', ...a.types].flatMap((scope) => {
        const row = rowOf(a, 'base', scope, cold);
        return row
          ? [
              `- ${scope === 'all' ? 'all types' : scope}: HR@10 ${interval(row.metrics['hr@10'])} of ${row.n_users} users`,
            ]
          : [];
      });
      return [
        verdict(found),
        `Items that nobody had before the window, ranked among themselves:\n\n${own.join('\n')}\n\nGain over what can rank them, too:\n\n${list(found)}`,
      ];
    },
  },
  {
    text: '(vi) The balanced sampler trains faster at equal or better quality.',
    judge(a) {
      const name = setting(a, 'hgnn.balanced', false);
      if (!name) return ['not measured', ''];
      const [with_, without] = ['base', name].map((one) => seconds(a, one, 'hgnn'));
      const found = gains(a, [name], ['all', ...a.types], [['', {}]]);
      const quality = noWorse(found);
      const faster = with_ < without;
      const words =
        quality === 'does not hold'
          ? quality
          : `${faster ? 'faster' : 'not faster'}, ${quality === 'holds' ? 'better' : quality}`;
      return [
        words,
        `Training of the HGNN: ${with_.toFixed(0)} s with it, ${without.toFixed(0)} s without (${signedPercent(with_ / without - 1)}; the machine did other work, too). Gain in HR@10:\n\n${list(found)}`,
      ];
    },
  },
  {
    text: '(vii) The foundation layer may be older than the adaptation layer.',
    judge(a) {
      const found = gains(
        a,
        [setting(a, 'hgnn.trainedAt', 'first-snapshot')].filter(Boolean),
        ['all', ...a.types],
        [['', {}]],
      );
      const words =
        found.length === 0 ? 'not measured' : found.some(better) ? 'holds, at a cost' : 'no loss seen';
      return [words, `What HR@10 loses when the HGNN is of the first snapshot:\n\n${list(found)}`];
    },
  },
];

const signedPercent = (share) => `${share > 0 ? '+' : '−'}${Math.abs(100 * share).toFixed(0)} %`;

/** Each claim with its verdict on one data set. */
export const claimsOf = (ablation) =>
  CLAIMS.map(({ text, judge }) => {
    const [words, because] = judge(ablation);
    return {
      claim: text,
      verdict: words,
      because: words === 'not measured' && /:\s*$/.test(because) ? '' : because,
    };
  });

/** A whole new type: the users who lost it, by the systems that can serve them. */
export function newTypeGains(ablation) {
  const type = ablation.config.split.coldType.type;
  const names = ablation.variants
    .filter(({ name, set }) => name !== 'base' && Object.keys(set).length === 0)
    .map(({ name }) => name);
  const found = gains(ablation, names, [type], [['users without any of it', { users: 'cold' }]]);
  return { type, verdict: verdict(found), because: list(found) };
}
