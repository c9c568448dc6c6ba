import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { audioConfig } from '../../lib/cli/audio-config.js';
import { applyOverrides, parseOverride, resolveConfig } from '../../lib/pipeline/config/index.js';
import { openRecommendations, runPipeline } from '../../lib/pipeline/index.js';
import type { Tradeoff } from '../../lib/pipeline/tradeoff.js';
import { generate } from '../../lib/synth/index.js';
import { SMALL } from './small.js';

const base = mkdtempSync(join(tmpdir(), 'cohear-rerank-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));

test('re-ranking is judged beside the system, its curve is reported, and recommend gives its lists', async () => {
  const data = join(base, 'data');
  await generate({ folder: data, users: 250, podcasts: 120, audiobooks: 50, eventsPerUser: 25, seed: 2 });
  const workdir = join(base, 'run');
  const run = async (...more: string[]) => {
    const overrides = [...SMALL, 'evaluation.systems=[2t]', ...more].map(parseOverride);
    await runPipeline({ config: resolveConfig(applyOverrides(audioConfig, overrides), data), workdir });
    const { systems, tradeoff } = JSON.parse(readFileSync(join(workdir, 'evaluation.json'), 'utf8'));
    const names = [...new Set<string>(systems.map(({ name }: { name: string }) => name))];
    return {
      names,
      tradeoff: tradeoff as Tradeoff | undefined,
      recommendations: await openRecommendations(workdir),
    };
  };
  const plain = await run();
  expect(plain.names).toEqual(['2t']);
  expect(plain.tradeoff).toBeUndefined();

  const other = await run('evaluation.rerank.novelty=2', 'evaluation.rerank.curve=[2, 0.5]');
  expect(other.names).toEqual(['2t', '2t reranked']);
  const { points, system, metric } = other.tradeoff!;
  expect([system, metric]).toEqual(['2t', 'hr@10']);
  const of = (by: string, figure: string) =>
    points
      .filter((point) => point.scope === 'all' && point.by === by)
      .map(({ metrics }) => metrics[figure]!.value);
  expect(
    points.filter(({ scope, by }) => scope === 'all' && by === 'novelty').map(({ strength }) => strength),
  ).toEqual([0, 0.5, 2]);
  const [before, some, much] = of('novelty', 'novelty@10');
  expect(some!).toBeGreaterThan(before!);
  expect(much!).toBeGreaterThan(some!);
  expect(of('coverage', 'coverage@10').at(-1)!).toBeGreaterThan(of('coverage', 'coverage@10')[0]!);
  expect(of('calibration', 'calibration@10').at(-1)!).toBeLessThan(of('calibration', 'calibration@10')[0]!);
  for (const { strength, difference } of points) expect(difference === null).toBe(strength === 0);
  expect(readFileSync(join(workdir, 'evaluation.txt'), 'utf8')).toMatch(
    /Re-ranking of 2t, all types[\s\S]*^novelty +0\.5 /m,
  );

  const [user] = await plain.recommendations.sampleUsers(1);
  const lists = await Promise.all(
    [plain, other].map(async ({ recommendations }) =>
      (await recommendations.recommend(user!, { k: 10 })).map(({ id }) => id),
    ),
  );
  expect(lists.map((list) => new Set(list).size)).toEqual([10, 10]);
  expect(lists[1]).not.toEqual(lists[0]);
  const books = await other.recommendations.recommend(user!, { k: 5, type: 'audiobook' });
  expect(new Set(books.map(({ type }) => type))).toEqual(new Set(['audiobook']));
  await expect(other.recommendations.recommend(user!, { k: 5, type: 'film' })).rejects.toThrow(
    /no item type "film"/,
  );
  const exposed = await run('evaluation.rerank.coverage=1', 'evaluation.rerank.calibration=1');
  expect(await exposed.recommendations.recommend(user!, { k: 10 })).toHaveLength(10);
});
