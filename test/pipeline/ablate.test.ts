import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { audioConfig } from '../../lib/cli/audio-config.js';
import {
  applyOverrides,
  type Config,
  parseOverride,
  resolveConfig,
} from '../../lib/pipeline/config/index.js';
import {
  type AblateOptions,
  ablate,
  formatAblation,
  runPipeline,
  variantsOf,
} from '../../lib/pipeline/index.js';
import {
  configOf,
  defaultVariants,
  parseVariantFlags,
  parseVariants,
} from '../../lib/pipeline/study/variants.js';
import { generate } from '../../lib/synth/index.js';
import { SMALL } from './small.js';

let base: string;
let data: string;
let config: Config;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'cohear-ablate-'));
  data = join(base, 'data');
  await generate({ folder: data, users: 150, podcasts: 60, audiobooks: 30, eventsPerUser: 20, seed: 2 });
  const small = [...SMALL, 'hgnn.epochs=1', 'twoTower.epochs=1', 'evaluation.window=validation'];
  config = resolveConfig(applyOverrides(audioConfig, small.map(parseOverride)), data);
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const flags = (...texts: string[]) => parseVariantFlags(texts);
/** Runs an ablation and tells what it did: stages that were made, and what became of each run. */
async function study(workdir: string, options: Partial<AblateOptions>) {
  const made: string[] = [];
  const runs: string[] = [];
  const ablation = await ablate({
    config,
    workdir,
    ...options,
    onEvent: (event) => void (event.type === 'done' && made.push(event.stage)),
    onStudy: ({ type, names, seed }) =>
      void (type !== 'begin' && runs.push(`${type} ${names.join('+')} ${seed}`)),
  });
  return { ablation, made, runs };
}
const whole = { scope: 'all', users: 'all', items: 'all', candidates: 'all' };
const pick = <T extends { name: string }>(rows: readonly T[], name: string) =>
  rows.find((row) => row.name === name && Object.entries(whole).every(([k, v]) => row[k as keyof T] === v))!;

test('shared stages are made once, finished variants never again, and the own run of the folder stays', async () => {
  const workdir = join(base, 'shared');
  await runPipeline({ config, workdir });
  const before = [json(join(workdir, 'manifest.json')), json(join(workdir, 'config.json'))];
  const variants = flags('no graph=system=2t', 'wide=twoTower.out=24');
  const first = await study(workdir, { variants, seeds: [1, 2] });
  expect(first.runs).toEqual(['done base+no graph 1', 'done wide 1', 'done base+no graph 2', 'done wide 2']);
  // Seed 1 has its stages from the run; "wide" shares all but the towers; seed 2 shares what draws nothing.
  const times = (stage: string) => first.made.filter((name) => name === stage).length;
  expect(Object.fromEntries([...new Set(first.made)].sort().map((stage) => [stage, times(stage)]))).toEqual({
    embeddings: 1,
    evaluation: 4,
    hgnn: 1,
    'two-tower': 3,
    'two-tower-text': 1,
  });
  expect([json(join(workdir, 'manifest.json')), json(join(workdir, 'config.json'))]).toEqual(before);

  const again = await study(workdir, { variants, seeds: [2] });
  expect(again.made).toEqual([]);
  expect(again.runs).toEqual(['kept base+no graph 2', 'kept wide 2']);

  // The artifacts may go: what is finished is kept apart from them.
  for (const stage of ['hgnn', 'embeddings', 'two-tower', 'two-tower-text', 'evaluation'])
    rmSync(join(workdir, stage), { recursive: true });
  const later = await study(workdir, { variants, seeds: [1, 2] });
  expect(later.made).toEqual([]);
  expect(later.ablation).toEqual(first.ablation);

  const { results, variants: told, types } = first.ablation;
  expect(types).toEqual(['audiobook', 'podcast']);
  expect(told.map(({ name, system }) => [name, system])).toEqual([
    ['base', '2t-hgnn'],
    ['no graph', '2t'],
    ['wide', '2t-hgnn'],
  ]);
  expect(told[2]!.set).toEqual({ 'twoTower.out': 24 });
  expect(told[1]!.stages['two-tower']).toBeUndefined(); // not among what 2t is made from
  expect(told[0]!.stages.hgnn).toHaveLength(2);
  const figure = pick(results, 'wide').metrics['hr@10']!;
  const baseFigure = pick(results, 'base').metrics['hr@10']!;
  expect(figure.difference!.value).toBeCloseTo(figure.value - baseFigure.value, 12);
  expect(figure.seeds).toHaveLength(2);
  // Seed 1's base is the run of the folder.
  const own = json(join(workdir, 'evaluation.json'));
  expect(baseFigure.seeds[0]).toBe(
    pick<{ name: string; metrics: Record<string, { value: number }> }>(own.systems, '2t-hgnn').metrics[
      'hr@10'
    ]!.value,
  );
  expect(pick(results, 'base').lists['coverage@10']!.seeds).toHaveLength(2);
  const table = formatAblation(first.ablation);
  expect(table).toContain('Validation window; base: 2t-hgnn; seeds 1, 2.');
  expect(table).toMatch(/^wide +\.\d{4} ±\.\d{4} +[+-]\.\d{4} \[/m);
});

test('a stopped ablation says how far it is and leaves nothing half done', async () => {
  const workdir = join(base, 'stopped');
  const controller = new AbortController();
  const variants = flags('a=twoTower.out=8', 'b=twoTower.out=12');
  const stopped = ablate({
    config,
    workdir,
    variants,
    signal: controller.signal,
    onStudy: ({ type }) => type === 'done' && controller.abort(),
  });
  await expect(stopped).rejects.toThrow(/stopped after 1 of 3 runs; the same command goes on/);
  expect(readdirSync(join(workdir, 'study'))).toHaveLength(1);
  const { runs } = await study(workdir, { variants });
  expect(runs).toEqual(['kept base 1', 'done a 1', 'done b 1']);
});

test('the default table follows the config and the types of the data', async () => {
  const names = (await variantsOf({ config, workdir: join(base, 'list') })).map(({ name }) => name);
  expect(names).toContain('no graph (2t)');
  expect(names).toContain('no balanced sampler');
  expect(names).toContain('no podcast-podcast edges');
  const alone = defaultVariants(config, ['a', 'b', 'c'], '2t-hgnn').find(
    ({ name }) => name === 'only b-b edges',
  );
  expect(alone!.set[0]!.value).toEqual([
    ['a', 'a'],
    ['c', 'c'],
    ['a', 'b'],
    ['a', 'c'],
    ['b', 'c'],
  ]);
  const only = await variantsOf({ config, workdir: join(base, 'list'), only: ['softmax loss'] });
  expect(only.map(({ set }) => set)).toEqual([[{ path: ['hgnn', 'loss'], value: 'softmax' }]]);
  const other = { ...config, hgnn: { ...config.hgnn, loss: 'softmax' as const, balanced: false } };
  const less = defaultVariants(other, ['book'], '2t').map(({ name }) => name);
  expect(less).toContain('max-margin loss');
  for (const absent of ['no graph (2t)', 'no balanced sampler', 'no book-book edges'])
    expect(less).not.toContain(absent);
  // every one of them is a config
  for (const variant of defaultVariants(config, ['audiobook', 'podcast'], '2t-hgnn'))
    expect(() => configOf(config, variant)).not.toThrow();
});

test.each([
  [{ snapshots: 24, strideDays: null, horizonDays: null }, 6],
  [{ snapshots: 4, strideDays: null, horizonDays: 30 }, 4],
  [{ snapshots: 24, strideDays: 10, horizonDays: 30 }, 3],
  [{ snapshots: 2, strideDays: 10, horizonDays: 30 }, 2],
  [{ snapshots: 8, strideDays: 40, horizonDays: 30 }, 1],
  [{ snapshots: 24, strideDays: 10, horizonDays: null }, undefined], // depends on the data
])('one snapshot of %j takes as many times the epochs as an event is an example: %s', (moments, times) => {
  const own = { ...config, twoTower: { ...config.twoTower, ...moments, epochs: 2 } };
  const one = defaultVariants(own, ['a', 'b'], '2t-hgnn').find(({ name }) => name === 'one snapshot');
  expect(one?.set.at(-1)).toEqual(times && { path: ['twoTower', 'epochs'], value: 2 * times });
});

test('variants from a file and from flags are read alike', () => {
  const file = { small: { 'hgnn.out': 8, 'twoTower.hidden': [16] }, bare: { system: '2t' } };
  expect(parseVariants(file, 'v.json')).toEqual(
    flags('small=hgnn.out=8', 'bare=system=2t', 'small=twoTower.hidden=[16]'),
  );
});

test.each<[Partial<AblateOptions>, RegExp]>([
  [
    { variants: flags('x=hgnn.outt=8') },
    /variant "x": it has a problem\n {2}hgnn.outt: unknown field; did you mean "out"/,
  ],
  [
    { variants: flags('x=split.test=0.95') },
    /variant "x" changes "split": it would be judged on other events/,
  ],
  [
    { variants: flags('x=evaluation.window=test') },
    /the window and the seed are those of the whole ablation/,
  ],
  [{ variants: flags('base=hgnn.out=8') }, /a variant is called "base"/],
  [{ variants: flags('x=hgnn.out=8'), only: ['y'] }, /no variant is called "y"; there are "x"/],
  [{ seeds: [1, 1] }, /seeds: want different ones/],
])('refused before anything is run: %#', async (options, message) => {
  const workdir = join(base, 'refused');
  await expect(ablate({ config, workdir, variants: [], ...options })).rejects.toThrow(message);
});

test('the test window needs a reason', async () => {
  const test = { ...config, evaluation: { ...config.evaluation, window: 'test' as const } };
  await expect(ablate({ config: test, workdir: join(base, 'refused'), variants: [] })).rejects.toThrow(
    /say why it is looked at/,
  );
});

test.each([
  [() => flags('hgnn.out=8'), /--variant wants name=path=value/],
  [() => flags('x=system=3t'), /variant "x": no system "3t"; want one of popularity/],
  [() => parseVariants([], 'v.json'), /v\.json: want an object of variants/],
  [() => parseVariants({ x: 3 }, 'v.json'), /variant "x": want an object of changes/],
])('a wrong list of variants: %#', (read, message) => {
  expect(read).toThrow(message);
});
