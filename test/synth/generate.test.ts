import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drawItems, generate, synthSchema } from '../../lib/synth/index.js';
import { Simulation } from '../../lib/synth/simulate.js';
import { platform } from './platform.js';

const SMALL = { users: 400, podcasts: 200, audiobooks: 60 };
let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'cohear-synth-'))));
afterEach(() => rm(folder, { recursive: true }));

describe('generate', () => {
  it('gives the same rows for the same parameters and others for another seed', async () => {
    const made = [];
    for (const seed of [3, 3, 4]) {
      const p = await platform({ ...SMALL, seed });
      made.push([await p.digest(), JSON.stringify(p.report.statistics)]);
      await p.remove();
    }
    expect(made[1]).toEqual(made[0]);
    expect(made[2]![0]).not.toBe(made[0]![0]);
  });

  it('gives a user the same events in whatever order users are done', () => {
    const parameters = synthSchema.parse(SMALL);
    const simulation = new Simulation(parameters, drawItems(parameters));
    const play = (user: number) => {
      const events: number[][] = [];
      simulation.user(user, { event: (...e) => events.push(e), look: () => {} });
      return events;
    };
    const order = Array.from({ length: SMALL.users }, (_, u) => u);
    const forth = order.map(play);
    const back = order.toReversed().map(play).toReversed();
    expect(back).toEqual(forth);
    expect(forth.flat().length).toBeGreaterThan(2000);
  });

  it('keeps items when there are more of them or more users', () => {
    const few = drawItems(synthSchema.parse(SMALL));
    const more = drawItems(synthSchema.parse({ users: 9, podcasts: 500, audiobooks: 70 }));
    expect(more.topic.subarray(0, 200)).toEqual(few.topic.subarray(0, 200));
    expect(more.weight.subarray(500, 560)).toEqual(few.weight.subarray(200, 260));
  });

  it('writes its files and its report, and nothing else', async () => {
    await writeFile(join(folder, 'events.parquet'), 'an old file');
    const report = await generate({ ...SMALL, folder });
    expect((await readdir(folder)).sort()).toEqual([
      'events.parquet',
      'items.parquet',
      'synth.json',
      'users.parquet',
    ]);
    const { folder: _, ...written } = report;
    expect(JSON.parse(await readFile(join(folder, 'synth.json'), 'utf8'))).toEqual(written);
    expect(report.parameters).toEqual({ ...SMALL, seed: 0, days: 120, eventsPerUser: 30, graphSignal: 0.6 });
  });

  it('does the smallest platform', async () => {
    const report = await generate({ users: 1, podcasts: 1, audiobooks: 1, days: 28, folder });
    expect(report.statistics.events).toBeLessThan(20);
  });

  it('names every wrong parameter', async () => {
    const wrong = generate({ ...SMALL, users: 0, graphSignal: 1.5, folder, topics: 3 } as never);
    await expect(wrong).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringMatching(/users: .*graphSignal: .*topics/),
    });
  });

  it('stops on request and leaves no temporary file and no report', async () => {
    const stop = new AbortController();
    const run = generate({
      ...SMALL,
      users: 5000,
      folder,
      signal: stop.signal,
      onProgress: ({ unit, done }) => unit === 'users' && done >= 2000 && stop.abort(),
    });
    await expect(run).rejects.toMatchObject({ code: 'ERR_CANCELLED' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('says which folder cannot be written', async () => {
    await writeFile(join(folder, 'file'), '');
    const run = generate({ ...SMALL, folder: join(folder, 'file', 'x') });
    await expect(run).rejects.toMatchObject({ code: 'ERR_IO', message: expect.stringContaining('file') });
  });
});
