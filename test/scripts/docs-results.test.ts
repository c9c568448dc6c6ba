import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/docs-results.mjs', import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cohear-results-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Made {
  readonly name: string;
  readonly system?: string;
  readonly set?: object;
  /** HR@10 less the base's, the same in every slice. */
  readonly difference?: readonly [value: number, low: number, high: number] | undefined;
  readonly seconds?: number;
}

/** An ablation of two types in which everything is the same in all slices. */
function ablation(variants: readonly Made[], more: object = {}) {
  const slices = ['all', 'book', 'film'].flatMap((scope) =>
    [
      ['all', 'all', 'all'],
      ['warm', 'all', 'all'],
      ['cold', 'all', 'all'],
      ['all', 'cold', 'cold'],
    ].map(([users, items, candidates]) => ({ scope, users, items, candidates })),
  );
  return {
    kind: 'ablation',
    window: 'validation',
    why: null,
    system: '2t-hgnn',
    seeds: [1, 2],
    types: ['book', 'film'],
    protocol: { from: '2020-01-01T00:00:00Z', to: '2020-02-01T00:00:00Z' },
    data: { users: 9, items: 8, events: 70 },
    config: { split: {} },
    variants: variants.map(({ name, system = '2t-hgnn', set = {}, seconds = 10 }) => ({
      name,
      system,
      set,
      stages: { hgnn: [{ seconds }, { seconds }] },
    })),
    results: slices.flatMap((slice) =>
      variants.map(({ name, difference }) => {
        const [value, low, high] = difference ?? [0, 0, 0];
        const figure = { value: 0.5 + value, low: 0.25, high: 0.75, seeds: [0.5, 0.5], spread: 0.125 };
        return {
          ...slice,
          name,
          n_users: 7,
          metrics: {
            'hr@10': { ...figure, ...(difference && { difference: { value, low, high } }) },
            mrr: figure,
          },
          lists: { 'coverage@10': { value: 0.375, seeds: [] } },
        };
      }),
    ),
    ...more,
  };
}

let files = 0;
function page(...given: readonly (readonly [name: string, value: object])[]) {
  const out = join(folder, 'results.md');
  const args = given.map(([name, value]) => {
    const path = join(folder, `${files++}.json`);
    writeFileSync(path, JSON.stringify(value));
    return `${name}=${path}`;
  });
  const { status, stderr } = spawnSync(process.execPath, [script, '--out', out, ...args]);
  return { status, err: String(stderr), text: status === 0 ? readFileSync(out, 'utf8') : '' };
}
const cells = (text: string, row: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith(`| ${row}`))
    .map((line) => line.split('|').map((cell) => cell.trim()));

const worse = [-0.25, -0.375, -0.125] as const;
const alike = [0, -0.125, 0.125] as const;
const better = [0.25, 0.125, 0.375] as const;
const parts = (difference: Made['difference']): Made[] =>
  ['2t', 'hgnn-knn', 'llm-knn'].map((system) => ({ name: system, system, difference }));

test('tables, and verdicts that follow the intervals', () => {
  const everything = [
    { name: 'base' },
    ...parts(worse),
    { name: 'per type', system: '2t-hgnn-per-type', difference: alike },
    { name: 'blind', set: { 'text.template': '{type}' }, difference: better },
    { name: 'unbalanced', set: { 'hgnn.balanced': false }, difference: alike, seconds: 40 },
    { name: 'old', set: { 'hgnn.trainedAt': 'first-snapshot' }, difference: worse },
  ];
  const { text } = page(['shop', ablation(everything)]);
  const verdicts = Object.fromEntries(
    cells(text, '(').map(([, claim, verdict]) => [claim!.split(' ')[0], verdict]),
  );
  expect(verdicts).toEqual({
    '(i)': 'does not hold',
    '(ii)': 'holds',
    '(iii)': 'no loss seen',
    '(iv)': 'not measured',
    '(v)': 'holds',
    '(vi)': 'faster, no loss seen',
    '(vii)': 'holds, at a cost',
  });
  expect(text).toContain('Training of the HGNN: 10 s with it, 40 s without (−75 %');
  expect(text).toContain('- over 2t, all types, warm users: **+.2500 [+.1250, +.3750]**');
  expect(text).toContain(
    'Validation window, 2020-01-01 to 2020-02-01; 9 users, 8 items, 70 events; base 2t-hgnn; seeds 1, 2.',
  );
  const [row] = cells(text.slice(text.indexOf('Table 2')), '2t |');
  expect(row!.slice(1, 6)).toEqual([
    '2t',
    '.2500 [.2500, .7500] ±.1250',
    '**-.2500 [-.3750, -.1250]**',
    '.2500 [.2500, .7500]',
    '.3750',
  ]);
  // What a part is worth is how much the base has more, the largest first.
  const carries = text.slice(text.indexOf('What carries'), text.indexOf('Table 1'));
  expect(carries).toContain('| features: words | blind | **-.2500 [-.3750, -.1250]** |');
  const order = ['| graph network: training | old', '| graph: all of it | 2t', '| features: words | blind'];
  const places = order.map((row) => carries.indexOf(row));
  expect(Math.min(...places)).toBeGreaterThan(0);
  expect(places[2]).toBe(Math.max(...places));
  // Table 1 has the settings, the others the systems.
  const table1 = text.slice(text.indexOf('Table 1'), text.indexOf('Table 2'));
  expect(table1).toContain('| unbalanced |');
  expect(table1).not.toContain('| hgnn-knn |');
});

test('a second ablation of a window adds what its variants are worth, and no second set of tables', () => {
  const more = ablation([
    { name: 'base' },
    { name: 'blind', set: { 'text.template': '{type}' }, difference: worse },
  ]);
  const { text } = page(['s', ablation([{ name: 'base' }, ...parts(worse)])], ['s', more]);
  const further = text.slice(text.indexOf('### Validation window, further variants'));
  expect(further).toContain('| features: words | blind | **+.2500 [+.1250, +.3750]** |');
  expect(further).not.toContain('Table 2');
  expect(text.match(/#### The claims/g)).toHaveLength(1);
  // What the first did not measure, the second answers.
  expect(cells(text, '(i)')[0]![2]).toBe('holds');
  expect(text).toContain('By the further variants below. HR@10 with');
});

test('one part that is better, or not surely worse, decides', () => {
  const verdict = (...variants: Made[]) =>
    cells(page(['s', ablation([{ name: 'base' }, ...variants])]).text, '(ii)')[0]![2];
  expect(verdict(...parts(worse).slice(1), ...parts(alike).slice(0, 1))).toBe('not shown');
  expect(verdict(...parts(worse).slice(1), ...parts(better).slice(0, 1))).toBe('does not hold');
  expect(verdict()).toBe('not measured');
});

test('similar items: the shared space beside the texts, whichever way round, over all seeds', () => {
  const pair = (a: string, b: string, difference: number, low: number, high: number) => ({
    paired: [{ scope: 'all', metric: 'hr@10', a, b, difference, low, high }],
  });
  const page1 = (...similar: object[]) => page(['s', ablation([{ name: 'base' }], { similar })]).text;
  const shown = page1(
    pair('2t-hgnn', 'llm-knn', 0.25, 0.125, 0.375),
    pair('llm-knn', '2t-hgnn', -0.5, -0.625, -0.375),
  );
  expect(cells(shown, '(iv)')[0]![2]).toBe('holds');
  expect(shown).toContain('- over texts alone, items of all types: **+.3750 [+.1250, +.6250]**');
  const one = page1(
    pair('2t-hgnn', 'llm-knn', 0.25, 0.125, 0.375),
    pair('2t-hgnn', 'llm-knn', 0, -0.125, 0.125),
  );
  expect(cells(one, '(iv)')[0]![2]).toBe('no loss seen');
  expect(cells(page1(pair('2t-hgnn', 'llm-knn', -0.5, -0.75, -0.25)), '(iv)')[0]![2]).toBe('does not hold');
});

test('the test window comes first, new types, sweeps and searches have their place', () => {
  const plain = ablation([{ name: 'base' }, ...parts(worse)]);
  const rungs = [{ resource: 10, value: 0.5, low: 0.25, high: 0.75 }];
  const tuning = {
    kind: 'tuning',
    objective: { metric: 'hr@10', scope: 'all', system: '2t-hgnn' },
    strategy: 'halving',
    plan: { resource: 'twoTower.epochs', full: 10 },
    spent: { all: 40, now: 0 },
    trials: [
      { trial: 0, set: {}, rungs },
      { trial: 1, set: { 'hgnn.out': 64 }, rungs: [{ ...rungs[0], value: 0.625 }] },
      { trial: 2, set: { 'hgnn.out': 32 }, rungs: [{ ...rungs[0], resource: 3 }] },
    ],
    best: { trial: 1 },
    difference: { value: 0.125, low: -0.25, high: 0.5 },
  };
  const { text } = page(
    ['shop', ablation([{ name: 'base' }, ...parts(alike)])],
    ['shop', ablation([{ name: 'base' }, ...parts(worse)], { window: 'test', why: 'the report' })],
    [
      'shop',
      ablation([{ name: 'base' }, ...parts(worse)], { config: { split: { coldType: { type: 'film' } } } }),
    ],
    ['shop', tuning],
    ['shop@signal 0', ablation([{ name: 'base' }, ...parts(alike)])],
    ['shop@signal 1', plain],
  );
  expect(cells(text, '(ii)')[0]![2]).toBe('holds'); // by the test window
  expect(text.indexOf('### Test window')).toBeLessThan(text.indexOf('### Validation window'));
  expect(text).toContain('(looked at for: the report)');
  expect(text).toMatch(
    /### A whole new type: film\n[\s\S]*- over 2t, film, users without any of it: \*\*\+\.2500/,
  );
  expect(cells(text, 'signal').map((row) => row.slice(1, 3))).toEqual([
    ['signal 0', '+.0000 [-.1250, +.1250]'],
    ['signal 1', '**+.2500 [+.1250, +.3750]**'],
  ]);
  expect(cells(text, '1 |')[0]!.slice(1, 4)).toEqual(['1', '.6250 [.2500, .7500]', '`64`']);
  expect(cells(text, '2 |')).toEqual([]); // had not all of the resource
  expect(text).toContain('Trial 1 beside the config as it is: +.1250 [-.2500, +.5000]');
});

test('a kept study gives the page that the study gave', () => {
  const study = ablation([{ name: 'base' }, ...parts(worse)], {
    similar: [
      {
        systems: ['much'],
        paired: [
          {
            scope: 'all',
            metric: 'hr@10',
            a: '2t-hgnn',
            b: 'llm-knn',
            difference: 0.25,
            low: 0.125,
            high: 0.375,
          },
        ],
      },
    ],
  });
  const path = join(folder, 'study.json');
  const kept = `${join(folder, 'kept')}/`;
  writeFileSync(path, JSON.stringify(study));
  const keep = (...args: string[]) =>
    spawnSync(process.execPath, [join(script, '../keep-study.mjs'), ...args], { encoding: 'utf8' });
  for (const name of ['draft', 'shop']) expect(keep(name, 'shop.json', path, kept).status).toBe(0);
  expect(JSON.parse(readFileSync(`${kept}list.json`, 'utf8'))).toEqual([{ name: 'shop', file: 'shop.json' }]);
  const text = readFileSync(`${kept}shop.json`, 'utf8');
  expect(text).not.toContain('much');
  expect(page(['shop', JSON.parse(text)]).text).toBe(page(['shop', study]).text);
  expect(keep('shop', '../shop.json', path, kept).status).toBe(2);
  const placed = { ...study, config: { ...study.config, folder: '/home/someone/shop' } };
  writeFileSync(path, JSON.stringify(placed));
  expect(keep('shop', 'shop.json', path, kept).status).toBe(0);
  expect(JSON.parse(readFileSync(`${kept}shop.json`, 'utf8')).config.folder).toBe('shop');
  writeFileSync(path, '{"kind":"else"}');
  expect(keep('shop', 'shop.json', path, kept).stderr).toMatch(/neither of/);
});

const studies = join(script, '../../docs/studies');
test.skipIf(!existsSync(studies))('the page in docs is that of the studies in docs', () => {
  const out = join(folder, 'again.md');
  const list = JSON.parse(readFileSync(join(studies, 'list.json'), 'utf8'));
  const args = list.map(({ name, file }: Record<string, string>) => `${name}=${join(studies, file!)}`);
  expect(spawnSync(process.execPath, [script, '--out', out, ...args]).status).toBe(0);
  expect(readFileSync(out, 'utf8')).toBe(readFileSync(join(studies, '../results.md'), 'utf8'));
});

test.each([
  [['x.json'], /"x\.json" is no NAME=FILE/],
  [['a=none.json'], /none\.json cannot be read/],
  [[], /nothing to write from/],
])('%j is refused', (args, message) => {
  const { status, stderr } = spawnSync(process.execPath, [script, '--out', join(folder, 'no.md'), ...args]);
  expect(status).toBe(2);
  expect(String(stderr)).toMatch(message);
});
