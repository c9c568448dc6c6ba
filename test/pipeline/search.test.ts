import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import {
  type Config,
  openRecommendations,
  type Recommendations,
  resolveConfig,
  runPipeline,
} from '../../lib/pipeline/index.js';
import { writeTeaAndPans } from './tea-and-pans.js';

let folder: string;
let config: Config;
let run: Recommendations;
const before = process.env.COHEAR_CACHE;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cohear-search-'));
  process.env.COHEAR_CACHE = join(folder, 'cache');
  await writeTeaAndPans(folder, [['cold', 'jasmine&nbsp;<b>leaves</b>', 'tea']]);
  config = resolveConfig(
    {
      events: { file: 'events.csv', columns: { user: 'u', item: 'i', time: 't' } },
      items: { file: 'items.csv', columns: { item: 'id', title: 'title', type: 'kind' } },
      text: { template: '{title}' },
      hgnn: { hidden: 16, out: 8, epochs: 2 },
      twoTower: { hidden: [16], out: 8, epochs: 2 },
      evaluation: { systems: ['2t-hgnn'], bootstrap: 10 },
    },
    folder,
  );
  await runPipeline({ config, workdir: join(folder, 'run') });
  run = await openRecommendations(join(folder, 'run'));
}, 180_000);
afterAll(async () => {
  if (before === undefined) delete process.env.COHEAR_CACHE;
  else process.env.COHEAR_CACHE = before;
  await rm(folder, { recursive: true });
});

test('towers without statistics are searched, too', async () => {
  const bare = { ...config, twoTower: { ...config.twoTower, statistics: false } };
  await runPipeline({ config: bare, workdir: join(folder, 'bare') });
  const found = await openRecommendations(join(folder, 'bare'));
  const [first] = await found.search('jasmine leaves', { k: 1, type: 'tea', space: 'towers' });
  expect(first!.id).toBe('cold');
  expect(first!.score).toBeCloseTo(1, 4);
}, 120_000);

describe('search', () => {
  it.each(['towers', 'hgnn', 'text'] as const)(
    'in %s, finds an untouched item by its own words with cosine 1',
    async (space) => {
      const [first] = await run.search('jasmine leaves', { k: 1, type: 'tea', space });
      expect([first!.id, first!.rank, first!.title]).toEqual(['cold', 1, 'jasmine leaves']);
      expect(first!.score).toBeCloseTo(1, 4);
    },
  );

  it.each(['towers', 'hgnn', 'text'] as const)(
    'in %s, words that are the text of an item are that item, with its neighbours and statistics',
    async (space) => {
      for (const [title, type] of [
        ['old steel pan', 'pan'],
        ['new herbal tea', 'tea'],
      ]) {
        const [first] = await run.search(title!, { k: 1, space });
        expect([first!.title, first!.type]).toEqual([title, type]);
        expect(first!.score).toBeCloseTo(1, 4);
      }
    },
  );

  it.each(['towers', 'hgnn', 'text'] as const)(
    'in %s, lists items of the types asked for, best first',
    async (space) => {
      const all = await run.search('steel pan', { k: 50, space });
      expect(all).toHaveLength(25);
      const scores = all.map(({ score }) => score);
      expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      expect(new Set(all.map(({ id }) => id)).size).toBe(25);
      const pans = await run.search('steel pan', { k: 5, type: 'pan', space });
      expect(pans.map(({ type }) => type)).toEqual(Array(5).fill('pan'));
      expect(pans).toEqual(
        all
          .filter(({ type }) => type === 'pan')
          .slice(0, 5)
          .map((item, i) => ({ ...item, rank: i + 1 })),
      );
    },
  );

  it('compares the texts by default, and finds by words what shares them', async () => {
    expect(await run.search('tea', { k: 5 })).toEqual(await run.search('tea', { k: 5, space: 'text' }));
    const found = await run.search('<b>green</b> tea', { k: 4, space: 'text' });
    expect(found.every(({ title }) => title!.includes('green tea'))).toBe(true);
  });

  it('refuses what it cannot look for', async () => {
    const config = { code: 'ERR_CONFIG' };
    await expect(run.search(' ', { k: 1 })).rejects.toMatchObject(config);
    await expect(run.search('🍵', { k: 1 })).rejects.toMatchObject({
      ...config,
      message: expect.stringMatching(/knows none of/),
    });
    await expect(run.search('tea', { k: 1, type: 'cup' })).rejects.toMatchObject(config);
  });
});
