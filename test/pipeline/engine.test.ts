import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CohearError } from '../../lib/errors/index.js';
import {
  defineStage,
  type Manifest,
  openStoredRun,
  type RunEvent,
  type RunOptions,
  runStages,
} from '../../lib/pipeline/index.js';
import { type FakeConfig, fakeConfig, fakeStages, numbers, ran, report, squares, train } from './fake.js';

let workdir: string;
let events: RunEvent[];
beforeEach(() => {
  workdir = mkdtempSync(join(tmpdir(), 'cohear-engine-'));
  ran.length = 0;
  events = [];
});
afterEach(() => rmSync(workdir, { recursive: true, force: true }));

/** Runs the fake stages and gives the names of those that worked. */
async function run(config: Partial<FakeConfig> = {}, options: Partial<RunOptions<FakeConfig>> = {}) {
  ran.length = 0;
  events.length = 0;
  const whole = { ...fakeConfig, ...config };
  const onEvent = (event: RunEvent) => void events.push(event);
  const result = await runStages({
    stages: fakeStages,
    config: whole,
    seed: 7,
    workdir,
    onEvent,
    ...options,
  });
  return { ...result, ran: [...ran] };
}
const messages = () =>
  events.flatMap((event) => (event.type === 'message' ? [`${event.stage}: ${event.text}`] : []));
const reasons = () =>
  events.flatMap((event) => (event.type === 'begin' ? [`${event.stage} ${event.why}`] : []));
const manifest = async () => JSON.parse(await readFile(join(workdir, 'manifest.json'), 'utf8')) as Manifest;
const fileOf = async (stage: string, name: string) =>
  join(workdir, (await manifest()).stages[stage]!.folder, name);

describe('what is made and what is skipped', () => {
  test('a first run makes every stage in order and gives its outputs', async () => {
    const result = await run();
    expect(result.ran).toEqual(['numbers', 'squares', 'train', 'report']);
    expect(await result.output(squares)).toEqual([1, 4, 9, 16, 25]);
    expect(await result.output(report)).toEqual({ sum: 55, weight: await result.output(train) });
    expect(Object.keys(result.seconds)).toEqual(['numbers', 'squares', 'train', 'report']);
    expect(result.peakRssMb).toBeGreaterThan(10);
  });

  test('an unchanged run does nothing, and keeps seconds and counts of the work that was done', async () => {
    const first = await run();
    const second = await run();
    expect(second.ran).toEqual([]);
    expect(second.seconds).toEqual(first.seconds);
    expect(second.manifest.stages).toEqual(first.manifest.stages);
    expect(second.manifest.stages.numbers!.counts).toEqual({ numbers: 5 });
    expect(events.map((event) => event.type)).toEqual(['skipped', 'skipped', 'skipped', 'skipped']);
  });

  test('a changed slice redoes its stage and those after it', async () => {
    await run();
    expect((await run({ squares: { power: 3 } })).ran).toEqual(['squares', 'train', 'report']);
    expect(reasons()).toEqual([
      'squares changed: config',
      'train changed: squares',
      'report changed: squares, train',
    ]);
    expect((await run({ squares: { power: 3 }, report: { title: 'total' } })).ran).toEqual(['report']);
  });

  test('what a stage does not read does not matter to it', async () => {
    await run();
    expect((await run({ train: { steps: 20, pause: 3 } })).ran).toEqual([]);
  });

  test('going back to earlier settings finds the earlier artifacts', async () => {
    const first = await run();
    await run({ squares: { power: 3 } });
    const back = await run();
    expect(back.ran).toEqual([]);
    expect(back.manifest.stages).toEqual(first.manifest.stages);
  });

  test('the seed matters to seeded stages and those after them', async () => {
    await run();
    expect((await run({}, { seed: 8 })).ran).toEqual(['train', 'report']);
    expect(reasons()[0]).toBe('train changed: seed or source');
  });

  test('another code version redoes the stage', async () => {
    await run();
    const stages = [numbers, { ...squares, version: '2' }, train, report];
    expect((await run({}, { stages })).ran[0]).toBe('squares');
    expect(reasons()[0]).toBe('squares changed: code');
  });

  test('an external file counts by its content, not by its path', async () => {
    const [a, b] = [join(workdir, 'a.txt'), join(workdir, 'b.txt')];
    await writeFile(a, 'same');
    await writeFile(b, 'same');
    await run({ numbers: { count: 5, file: a } });
    expect((await run({ numbers: { count: 5, file: b } })).ran).toEqual([]);
    await writeFile(b, 'other content');
    expect((await run({ numbers: { count: 5, file: b } })).ran).toContain('numbers');
    await expect(run({ numbers: { count: 5, file: join(workdir, 'none') } })).rejects.toMatchObject({
      code: 'ERR_IO',
    });
  });

  test('a forced stage is made again, and those after it only if its files differ', async () => {
    await run();
    expect((await run({}, { force: ['squares'] })).ran).toEqual(['squares']);
    let content = 'one';
    const restless = defineStage({
      ...numbers,
      async run(context) {
        await numbers.run(context);
        await writeFile(join(context.folder, 'extra.txt'), content);
      },
    });
    const stages = [restless, squares, train, report];
    await run({}, { stages, force: ['numbers'] });
    content = 'two';
    expect((await run({}, { stages, force: ['numbers'] })).ran).toEqual([
      'numbers',
      'squares',
      'train',
      'report',
    ]);
    await expect(run({}, { force: ['sqares'] })).rejects.toMatchObject({ code: 'ERR_CONFIG' });
  });
});

describe('damaged artifacts', () => {
  test.each([
    ['a missing file', (path: string) => rm(path), /squares\.json is missing/],
    ['a file that was cut', (path: string) => truncate(path, 3), /squares\.json has 3 bytes, want \d+/],
  ])('%s is made again, with a message, and the rest stands', async (_, damage, text) => {
    const first = await run();
    await damage(await fileOf('squares', 'squares.json'));
    const second = await run();
    expect(second.ran).toEqual(['squares']);
    expect(messages().join()).toMatch(text);
    expect(second.manifest.stages.squares!.content).toBe(first.manifest.stages.squares!.content);
  });

  test('changed bytes of the same size are found when a stage is about to read them', async () => {
    await run();
    await writeFile(await fileOf('numbers', 'numbers.json'), '[\n  9,\n  2,\n  3,\n  4,\n  5\n]\n');
    expect((await run()).ran).toEqual([]);
    const changed = await run({ squares: { power: 3 } });
    expect(changed.ran).toEqual(['numbers', 'squares', 'train', 'report']);
    expect(messages().join()).toMatch(/numbers\.json is not as it was written/);
    expect(await changed.output(squares)).toEqual([1, 8, 27, 64, 125]);
  });

  test('and on request without one', async () => {
    await run();
    await writeFile(await fileOf('train', 'weights.bin'), new Uint8Array(8));
    expect((await run()).ran).toEqual([]);
    expect((await run({}, { verify: true })).ran).toEqual(['train']);
  });

  test('a lost manifest is written anew from the artifacts, a lost record means the artifact again', async () => {
    const first = await run();
    await writeFile(join(workdir, 'manifest.json'), '{"form');
    expect((await run()).ran).toEqual([]);
    expect((await manifest()).stages).toEqual(first.manifest.stages);
    await writeFile(await fileOf('train', 'stage.json'), 'nonsense');
    expect((await run()).ran).toEqual(['train']);
  });
});

describe('stopping', () => {
  test('an aborted run stops at its next safe point, and goes on from its checkpoint', async () => {
    const whole = (await run()).manifest.stages.train!.content;
    rmSync(workdir, { recursive: true });
    const stop = new AbortController();
    const onProgress = ({ done }: { done: number }) => done === 6 && stop.abort();
    const failure = await run({}, { onProgress, signal: stop.signal }).catch((error) => error);
    expect(failure).toBeInstanceOf(CohearError);
    expect(failure).toMatchObject({
      code: 'ERR_CANCELLED',
      message: expect.stringMatching(/"train"; the same command/),
    });
    expect(readdirSync(join(workdir, 'train'))).toEqual([
      expect.stringMatching(/^[0-9a-f]{16}\.checkpoint$/),
    ]);

    const steps: number[] = [];
    const resumed = await run({}, { onProgress: ({ done }) => void steps.push(done) });
    expect(resumed.ran).toEqual(['train', 'report']);
    expect(messages()).toContain('train: from step 6');
    expect(steps[0]).toBe(7);
    expect(resumed.manifest.stages.train!.content).toBe(whole);
    expect(readdirSync(join(workdir, 'train'))).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/)]);
  });

  test('a signal that was aborted before the start does nothing', async () => {
    await expect(run({}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ERR_CANCELLED' });
    expect(ran).toEqual([]);
  });

  test('an error of a stage passes through, leaves no half artifact, and gives the lock back', async () => {
    const broken = defineStage({
      ...squares,
      run: async ({ folder }) => {
        await writeFile(join(folder, 'half.txt'), 'half');
        throw new CohearError('ERR_VALUE', 'no good');
      },
    });
    await expect(run({}, { stages: [numbers, broken] })).rejects.toMatchObject({
      code: 'ERR_VALUE',
      message: 'no good',
    });
    expect(readdirSync(join(workdir, 'squares'))).toEqual([]);
    expect((await run()).ran).toEqual(['squares', 'train', 'report']);
  });
});

describe('rules for stages', () => {
  test('the seed is for stages that say so', async () => {
    const secret = defineStage({ ...squares, run: async ({ seed }) => void seed });
    await expect(run({}, { stages: [numbers, secret] })).rejects.toMatchObject({ code: 'ERR_INTERNAL' });
  });

  test('what is left of the context after taking parts of it can be handed on', async () => {
    const spread = defineStage({
      ...squares,
      run: async ({ folder, ...work }) => {
        work.check();
        expect(work.signal.aborted).toBe(false);
        await writeFile(join(folder, 'squares.json'), '[]');
      },
    });
    expect((await run({}, { stages: [numbers, spread] })).manifest.stages.squares).toBeDefined();
  });

  test('a stage that comes before what it needs is our fault', async () => {
    await expect(run({}, { stages: [squares, numbers] })).rejects.toMatchObject({ code: 'ERR_INTERNAL' });
  });

  test('an output is loaded once for all stages that read it', async () => {
    let loads = 0;
    const counted = defineStage({
      ...numbers,
      load: (artifact) => {
        loads++;
        return numbers.load(artifact);
      },
    });
    const reader = (name: string) =>
      defineStage({
        name,
        version: '1',
        needs: { counted },
        slice: () => null,
        run: async ({ folder, inputs }) =>
          writeFile(join(folder, 'x'), String([await inputs.counted(), await inputs.counted()])),
        load: async () => null,
      });
    await run({}, { stages: [counted, reader('one'), reader('two')] });
    expect(loads).toBe(1);
  });

  test('the artifacts used last are kept, older ones go', async () => {
    for (const power of [2, 3, 4, 5]) await run({ squares: { power } }, { keep: 2 });
    expect(readdirSync(join(workdir, 'squares'))).toHaveLength(2);
    expect(readdirSync(join(workdir, 'numbers'))).toHaveLength(1);
    expect((await run({ squares: { power: 4 } }, { keep: 2 })).ran).toEqual([]);
    expect((await run({ squares: { power: 2 } }, { keep: 2 })).ran).toEqual(['squares', 'train', 'report']);
  });
});

describe('a run beside the current one', () => {
  test('shares its stages, leaves its manifest, and never pushes its artifacts out', async () => {
    await run();
    const before = await manifest();
    for (const power of [3, 4, 5]) {
      const beside = await run({ squares: { power } }, { keep: 1, current: false });
      expect(beside.ran).toEqual(['squares', 'train', 'report']);
      expect(await beside.output(squares)).toEqual([1, 2, 3, 4, 5].map((n) => n ** power));
    }
    expect(await manifest()).toEqual(before);
    expect(readdirSync(join(workdir, 'squares'))).toHaveLength(2); // the current run's, and the last beside it
    expect((await run()).ran).toEqual([]);
  });
});

describe('reading a run', () => {
  test('gives outputs, also those that need others', async () => {
    await run();
    const stored = await openStoredRun(workdir);
    expect(await stored.output(squares)).toEqual([1, 4, 9, 16, 25]);
    expect(stored.manifest.seed).toBe(7);
  });

  test('says what is missing', async () => {
    await expect(openStoredRun(workdir)).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: /holds no run/,
    });
    await run({}, { stages: [numbers] });
    const stored = await openStoredRun(workdir);
    await expect(stored.output(squares)).rejects.toMatchObject({
      code: 'ERR_IO',
      message: /stage "squares"/,
    });
    await rm(await fileOf('numbers', 'numbers.json'));
    await expect(stored.output(numbers)).rejects.toMatchObject({ message: /numbers\.json is missing/ });
  });
});
