import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { evaluateText, openRecommendations, resolveConfig, runPipeline } from '../../lib/pipeline/index.js';
import { writeTeaAndPans } from './tea-and-pans.js';

let folder: string;
const before = process.env.COHEAR_CACHE;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cohear-storage-'));
  process.env.COHEAR_CACHE = join(folder, 'cache');
  await writeTeaAndPans(folder, [['bare', '', 'pan']]);
});
afterAll(async () => {
  if (before === undefined) delete process.env.COHEAR_CACHE;
  else process.env.COHEAR_CACHE = before;
  await rm(folder, { recursive: true });
});

const config = (storage: 'f32' | 'f16' | 'int8') =>
  resolveConfig(
    {
      events: { file: 'events.csv', columns: { user: 'u', item: 'i', time: 't' } },
      items: { file: 'items.csv', columns: { item: 'id', title: 'title', type: 'kind' } },
      text: { template: '{title}', storage },
      hgnn: { hidden: 16, out: 8, epochs: 1 },
      twoTower: { hidden: [16], out: 8, epochs: 1 },
      evaluation: { systems: ['llm-knn', 'hgnn-knn', '2t', '2t-hgnn'], bootstrap: 10 },
    },
    folder,
  );

it.each([
  ['f32', 4],
  ['f16', 2],
  ['int8', 1],
] as const)(
  'a whole run, a search and an evaluation of texts with vectors kept as %s',
  async (storage, bytes) => {
    const workdir = join(folder, storage);
    await runPipeline({ config: config(storage), workdir });
    const [file] = (await readdir(workdir, { recursive: true })).filter((name) =>
      name.endsWith('text.safetensors'),
    );
    const { size } = await stat(join(workdir, file!));
    expect(size / (25 * 320)).toBeGreaterThan(bytes);
    expect(size / (25 * 320)).toBeLessThan(bytes + 0.1);
    const run = await openRecommendations(workdir);
    for (const space of ['text', 'hgnn', 'towers'] as const)
      expect(await run.search('old steel pan', { k: 3, type: 'pan', space })).toHaveLength(3);
    const [found] = await run.search('old steel pan', { k: 1, space: 'text' });
    expect([found!.title, Math.round(found!.score * 100)]).toEqual(['old steel pan', 100]);
    const { neighbours } = await evaluateText(config(storage));
    expect(neighbours).toMatchObject({ items: 24, asked: 24 });
    expect(neighbours.hitRate).toBeGreaterThan(0.6);
  },
  180_000,
);
