// Small stages whose behaviour is easy to see: numbers -> squares -> train (with checkpoints) -> report.
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson, writeJson } from '../../lib/artifacts/index.js';
import { defineStage } from '../../lib/pipeline/index.js';
import { uniform } from '../../lib/random/index.js';

export interface FakeConfig {
  readonly numbers: { readonly count: number; readonly file?: string };
  readonly squares: { readonly power: number };
  readonly train: { readonly steps: number; readonly pause?: number };
  readonly report: { readonly title: string };
}
export const fakeConfig: FakeConfig = {
  numbers: { count: 5 },
  squares: { power: 2 },
  train: { steps: 20 },
  report: { title: 'sum' },
};

/** Names of stages as they run, to be read and emptied by a test. */
export const ran: string[] = [];

export const numbers = defineStage({
  name: 'numbers',
  version: '1',
  needs: {},
  slice: (config: FakeConfig) => config.numbers,
  identity: ({ count }) => ({ count }),
  external: async ({ file }, sources) => (file ? (await sources.hash(file)).sha256 : null),
  async run({ folder, config, count }) {
    ran.push('numbers');
    const values = Array.from({ length: config.count }, (_, i) => i + 1);
    await writeJson(join(folder, 'numbers.json'), values);
    await writeFile(join(folder, 'note.txt'), config.file ? await readFile(config.file) : 'no file');
    count({ numbers: values.length });
  },
  load: ({ folder }) => readJson<number[]>(join(folder, 'numbers.json')),
});

export const squares = defineStage({
  name: 'squares',
  version: '1',
  needs: { numbers },
  slice: (config: FakeConfig) => config.squares,
  async run({ folder, config, inputs }) {
    ran.push('squares');
    const values = await inputs.numbers();
    await writeJson(
      join(folder, 'squares.json'),
      values.map((value) => value ** config.power),
    );
  },
  load: ({ folder }) => readJson<number[]>(join(folder, 'squares.json')),
});

/** A "training": each step adds a random number that depends on (seed, step); saved after every step. */
export const train = defineStage({
  name: 'train',
  version: '1',
  needs: { squares },
  seeded: true,
  slice: (config: FakeConfig) => ({ steps: config.train.steps }),
  async run({ folder, config, inputs, seed, checkpoint, check, onProgress, log }) {
    ran.push('train');
    const pause = Number(process.env.FAKE_PAUSE ?? 0);
    let { step, state } = (await checkpoint.load('state', (path) =>
      readJson<{ step: number; state: number }>(path),
    )) ?? { step: 0, state: (await inputs.squares()).length };
    log(`from step ${step}`);
    while (step < config.steps) {
      check();
      state = state * 1.01 + uniform(seed, step);
      step++;
      await checkpoint.save('state', (path) => writeFile(path, JSON.stringify({ step, state })));
      if (process.env.FAKE_LOG) await appendFile(process.env.FAKE_LOG, `step ${step}\n`);
      onProgress?.({ task: 'train', done: step, total: config.steps, unit: 'steps' });
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    await writeFile(join(folder, 'weights.bin'), new Uint8Array(new Float64Array([state]).buffer));
  },
  load: async ({ folder }) =>
    new Float64Array(new Uint8Array(await readFile(join(folder, 'weights.bin'))).buffer)[0]!,
});

export const report = defineStage({
  name: 'report',
  version: '1',
  needs: { squares, train },
  slice: (config: FakeConfig) => config.report,
  async run({ folder, config, inputs }) {
    ran.push('report');
    const sum = (await inputs.squares()).reduce((a, b) => a + b, 0);
    await writeJson(join(folder, 'report.json'), { [config.title]: sum, weight: await inputs.train() });
  },
  load: ({ folder }) => readJson<Record<string, number>>(join(folder, 'report.json')),
});

export const fakeStages = [numbers, squares, train, report];
