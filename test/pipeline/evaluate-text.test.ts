import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { evaluateText, resolveConfig } from '../../lib/pipeline/index.js';

let folder: string;
const before = process.env.COHEAR_CACHE;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cohear-evaltext-'));
  process.env.COHEAR_CACHE = join(folder, 'cache');
  const things = ['green tea', 'black tea', 'herbal tea', 'iron pan', 'steel pan', 'copper pan'];
  const colours = ['small', 'large', 'old', 'new'];
  const items = things.flatMap((thing, t) =>
    colours.map((colour, c) => [`i${t}${c}`, `${colour} ${thing}`, t < 3 ? 'tea' : 'pan']),
  );
  // Users 0 to 19 take teas, 20 to 39 pans, an item a day.
  const events = Array.from({ length: 40 }, (_, u) =>
    Array.from({ length: 8 }, (__, d) => {
      const item = items[(u < 20 ? 0 : 12) + ((u * 5 + d * 7) % 12)]!;
      return `u${u},${item[0]},2024-01-${String(d * 3 + (u % 3) + 1).padStart(2, '0')}`;
    }),
  ).flat();
  await writeFile(
    join(folder, 'items.csv'),
    ['id,title,kind', ...items.map((row) => row.join()), 'bare,,tea'].join('\n'),
  );
  await writeFile(join(folder, 'events.csv'), ['u,i,t', ...events].join('\n'));
});
afterAll(async () => {
  if (before === undefined) delete process.env.COHEAR_CACHE;
  else process.env.COHEAR_CACHE = before;
  await rm(folder, { recursive: true });
});

const config = (encoder: unknown) =>
  resolveConfig(
    {
      events: { file: 'events.csv', columns: { user: 'u', item: 'i', time: 't' } },
      items: { file: 'items.csv', columns: { item: 'id', title: 'title', type: 'kind' } },
      text: { encoder, template: '{title}' },
      evaluation: { bootstrap: 20 },
    },
    folder,
  );

it('judges an encoder on the events of a config', async () => {
  for (const encoder of ['hashing', 'built-in']) {
    const { neighbours, llmKnn, ...rest } = await evaluateText(config(encoder));
    expect(rest.encoder.name).toBe(encoder);
    expect(neighbours).toMatchObject({ items: 24, asked: 24, k: 10 });
    expect(neighbours.hitRate).toBeGreaterThan(neighbours.chance);
    const whole = llmKnn.find((r) => r.scope === 'all' && r.users === 'all' && r.items === 'all')!;
    expect(whole.metrics['hr@10'].value).toBeGreaterThan(0.3);
  }
});

it('gives the same result again, from the cache', async () => {
  const [first, again] = [await evaluateText(config('hashing')), await evaluateText(config('hashing'))];
  expect({ ...again, seconds: 0 }).toEqual({ ...first, seconds: 0 });
});

it('stops on request', async () => {
  await expect(evaluateText(config('hashing'), { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'ERR_CANCELLED',
  });
});
