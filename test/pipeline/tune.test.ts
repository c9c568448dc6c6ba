import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { audioConfig } from '../../lib/cli/audio-config.js';
import {
  applyOverrides,
  type Config,
  parseOverride,
  resolveConfig,
} from '../../lib/pipeline/config/index.js';
import { formatTuning, type TuneOptions, tune } from '../../lib/pipeline/index.js';
import { budgetOf, rungsOf, trialsWithin } from '../../lib/pipeline/study/rungs.js';
import { parseSpace, pointOf } from '../../lib/pipeline/study/space.js';
import { generate } from '../../lib/synth/index.js';
import { SMALL } from './small.js';

let base: string;
let config: Config;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'cohear-tune-'));
  const data = join(base, 'data');
  await generate({ folder: data, users: 150, podcasts: 60, audiobooks: 30, eventsPerUser: 20, seed: 2 });
  const small = [...SMALL, 'hgnn.epochs=1', 'twoTower.epochs=4', 'twoTower.snapshots=1'];
  config = resolveConfig(applyOverrides(audioConfig, small.map(parseOverride)), data);
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const space = parseSpace(
  { 'twoTower.learningRate': { log: [1e-4, 1e-2] }, 'twoTower.out': { choice: [8, 16] } },
  's',
);
async function search(workdir: string, options: Partial<TuneOptions> = {}) {
  const [made, kept, plans] = [[] as string[], [] as string[], [] as number[]];
  const tuning = await tune({
    config,
    workdir,
    space,
    strategy: 'halving',
    trials: 4,
    resource: 'twoTower.epochs',
    least: 1,
    eta: 2,
    metric: 'ndcg@10',
    scope: 'all',
    system: '2t-hgnn',
    ...options,
    onPlan: ({ budget }) => void plans.push(budget),
    onStudy: ({ type, names }) => void (type === 'done' ? made : type === 'kept' ? kept : []).push(names[0]!),
  });
  return { tuning, made, kept, plans };
}

test('halving: many with little, the best with more; finished runs are never run again', async () => {
  const workdir = join(base, 'halving');
  const first = await search(workdir);
  // The config as it is with 4; four with 1, two with 2, one with 4.
  expect(first.plans).toEqual([4 + 4 + 4 + 4]);
  expect(first.made).toHaveLength(1 + 4 + 2 + 1);
  const { tuning } = first;
  expect(tuning.spent).toEqual({ all: 16, now: 16 });
  expect(tuning.trials.map(({ rungs }) => rungs.map(({ resource }) => resource).join()).sort()).toEqual(
    ['1', '1', '1,2', '1,2,4', '4'].sort(),
  );
  // Each round takes the best of the one before.
  const [out, on] = [1, 2].map((rungs) =>
    tuning.trials.filter(
      (trial) => trial.trial > 0 && (rungs === 1 ? trial.rungs.length === 1 : trial.rungs.length > 1),
    ),
  );
  const value = (trials: typeof out) => trials!.map(({ rungs }) => rungs[0]!.value);
  expect(Math.min(...value(on))).toBeGreaterThanOrEqual(Math.max(...value(out)));
  const whole = tuning.trials.filter(({ rungs }) => rungs.at(-1)?.resource === 4);
  expect(tuning.best.rungs.at(-1)!.value).toBe(Math.max(...whole.map(({ rungs }) => rungs.at(-1)!.value)));
  if (tuning.best.trial === 0) expect(tuning.difference).toBeNull();
  else
    expect(tuning.difference!.value).toBeCloseTo(
      tuning.best.rungs.at(-1)!.value - tuning.trials[0]!.rungs[0]!.value,
      12,
    );
  // The written config is the base with the best values, on the base's own window and with its own epochs.
  expect(tuning.config.evaluation).toEqual(config.evaluation);
  expect(tuning.config.twoTower).toEqual({
    ...config.twoTower,
    ...(tuning.best.trial > 0 && {
      learningRate: tuning.best.set['twoTower.learningRate'],
      out: tuning.best.set['twoTower.out'],
    }),
  });
  expect(formatTuning(tuning)).toMatch(
    /^Validation window; ndcg@10 of 2t-hgnn, all types; 16 of 16 spent, 16 of it now\./,
  );

  const again = await search(workdir);
  expect(again.made).toEqual([]);
  expect(again.tuning).toEqual({ ...tuning, spent: { all: 16, now: 0 } });
  // More trials add to what is there: the points of the earlier ones are the same.
  const random = await search(workdir, { strategy: 'random', trials: 1 });
  expect(random.kept.length + random.made.length).toBe(2);
  expect(random.tuning.trials[1]!.set).toEqual(tuning.trials[1]!.set);
});

test('a stopped search goes on', async () => {
  const workdir = join(base, 'stopped');
  const controller = new AbortController();
  const options = { strategy: 'random' as const, trials: 1 };
  const stopped = tune({
    config,
    workdir,
    space,
    resource: 'twoTower.epochs',
    least: 1,
    eta: 2,
    metric: 'hr@10',
    scope: 'all',
    system: '2t-hgnn',
    ...options,
    signal: controller.signal,
    onStudy: ({ type }) => type === 'done' && controller.abort(),
  });
  await expect(stopped).rejects.toThrow(/stopped after 1 of 2 runs/);
  const { kept, made } = await search(workdir, { ...options, metric: 'hr@10' });
  expect([kept.length, made.length]).toEqual([1, 1]);
});

test.each<[Partial<TuneOptions>, RegExp]>([
  [{ resource: 'twoTower.epoch' }, /want the path of a whole number of the config/],
  [{ resource: 'twoTower.out' }, /twoTower\.out is both the resource and in the space/],
  [{ metric: 'coverage@10' }, /no rank metric "coverage@10"/],
  [{ trials: undefined, budget: 5 }, /a budget of 5 is too small: .* take 11/],
  [{ budget: 5 }, /either the number of trials or a budget/],
  [{ least: 9 }, /want 1 <= least <= 4/],
  [{ space: parseSpace({ 'hgnn.outt': { choice: [1] } }, 's') }, /trial 1.*\n.*hgnn\.outt: unknown field/],
])('refused before anything is run: %#', async (options, message) => {
  await expect(search(join(base, 'refused'), options)).rejects.toThrow(message);
});

describe('space', () => {
  const every = parseSpace(
    {
      a: { choice: ['x', null, [1]] },
      b: { uniform: [-1, 1] },
      c: { log: [1e-3, 10] },
      d: { int: [1, 3] },
      e: { logInt: [2, 64] },
    },
    's',
  );

  test('points lie in their ranges, and are a function of seed, path and trial', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(1000), (seed, trial) => {
        const values = Object.fromEntries(
          pointOf(every, seed, trial).map(({ path, value }) => [path.join('.'), value]),
        );
        expect(['x', null, [1]]).toContainEqual(values.a);
        expect(values.b).toBeGreaterThanOrEqual(-1);
        expect(values.b).toBeLessThan(1);
        expect(values.c).toBeGreaterThanOrEqual(1e-3);
        expect(values.c).toBeLessThanOrEqual(10);
        expect([1, 2, 3]).toContain(values.d);
        expect(Number.isInteger(values.e) && (values.e as number) >= 2 && (values.e as number) <= 64).toBe(
          true,
        );
        const fewer = pointOf({ d: every.d! }, seed, trial);
        expect(fewer[0]!.value).toBe(values.d);
      }),
    );
  });

  test('all values of a list and of a whole range come', () => {
    const points = Array.from({ length: 200 }, (_, trial) => pointOf(every, 1, trial));
    expect(new Set(points.map((point) => JSON.stringify(point[0]!.value))).size).toBe(3);
    expect(new Set(points.map((point) => point[3]!.value)).size).toBe(3);
    const logs = points.map((point) => Math.log10(point[2]!.value as number));
    expect(logs.filter((x) => x < -1).length).toBeGreaterThan(60); // half of the logarithms, a hundredth of the range
  });

  test.each([
    [[], /want an object of config paths/],
    [{}, /the space is empty/],
    [{ 'a.b': [1, 2] }, /s: a\.b: want \{ "choice"/],
    [{ a: { log: [0, 1] } }, /a: want .*\(want a low end above 0\)/],
    [{ a: { uniform: [2, 1] } }, /want \[low, high\] with low < high/],
    [{ 'a..b': { choice: [1] } }, /cannot be the name of a field/],
  ])('%j is refused', (from, message) => {
    expect(() => parseSpace(from, 's')).toThrow(message);
  });
});

describe('budget', () => {
  const halving = { strategy: 'halving' as const, full: 9, least: 1, eta: 3 };

  test('is what the rounds take', () => {
    expect(rungsOf(9, halving)).toEqual([
      { trials: 9, resource: 1 },
      { trials: 3, resource: 3 },
      { trials: 1, resource: 9 },
    ]);
    expect(budgetOf(rungsOf(9, halving), 9)).toBe(9 + 9 + 9 + 9);
    expect(rungsOf(5, { ...halving, strategy: 'random' })).toEqual([{ trials: 5, resource: 9 }]);
    expect(rungsOf(4, { ...halving, full: 10, least: 4 })).toEqual([
      { trials: 4, resource: 4 },
      { trials: 1, resource: 10 },
    ]);
  });

  test('buys the most trials that it can', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 30, max: 500 }),
        fc.constantFrom('halving' as const, 'random' as const),
        (budget, strategy) => {
          const options = { ...halving, strategy };
          const trials = trialsWithin(budget, options);
          expect(budgetOf(rungsOf(trials, options), 9)).toBeLessThanOrEqual(budget);
          expect(budgetOf(rungsOf(trials + 1, options), 9)).toBeGreaterThan(budget);
        },
      ),
    );
  });
});
