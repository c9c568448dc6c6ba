import { describe, expect, it } from 'vitest';
import { matrix } from '../../lib/artifacts/index.js';
import { evaluateSimilar, formatSimilar, vectorRecommender } from '../../lib/evaluation/index.js';
import type { Catalogue } from '../../lib/events/index.js';
import { catalogueOf, judgedOf } from './platform.js';

/** Items on a circle: those next to each other are alike. */
const onCircle = (angles: readonly number[]) =>
  matrix(angles.length, 2, Float32Array.from(angles.flatMap((a) => [Math.cos(a), Math.sin(a)])));
const space = (name: 'llm-knn' | 'hgnn-knn', angles: readonly number[]) => {
  const vectors = onCircle(angles);
  return vectorRecommender(name, { userVectors: vectors, itemVectors: vectors });
};

describe('evaluateSimilar', () => {
  // 30 items of type t0, 30 of t1.
  const catalogue: Catalogue = catalogueOf(30, 30);
  const even = Array.from({ length: 60 }, (_, i) => (i * Math.PI) / 60);

  it('finds what was taken beside an item among its ten nearest, per type', async () => {
    // Items 0 and 1 are neighbours; 0 and 29 are of one type, far apart; 29 and 30 are of two types, neighbours.
    const judged = judgedOf([
      [3, 0],
      [3, 1],
      [4, 29],
      [4, 30],
      [5, 7], // alone: says nothing
      [6, 0],
      [6, 29],
    ]);
    const { asked, systems } = await evaluateSimilar({
      catalogue,
      judged,
      systems: [space('llm-knn', even)],
      seed: 1,
      bootstrap: 50,
    });
    expect(asked).toBe(4); // 0, 1, 29, 30
    const hr = (scope: string) => systems.find((row) => row.scope === scope)!;
    // All types: 0 finds 1, 1 finds 0, 29 finds 30, 30 finds 29.
    expect(hr('all').metrics['hr@10']!.value).toBe(1);
    expect(hr('all').n_users).toBe(4);
    // Of type t0: 0 finds 1; 1 finds 0; 29 has only 0 to find, which is far; 30 finds 29.
    expect(hr('t0').n_users).toBe(4);
    expect(hr('t0').metrics['hr@10']!.value).toBe(3 / 4);
    // Of type t1 only 29 has an answer, 30.
    expect(hr('t1')).toMatchObject({ n_users: 1, metrics: { 'hr@10': { value: 1 } } });
    // 0 took 1 and 29 beside it, of which one is near.
    expect(hr('t0').metrics['recall@20']!.value).toBe((0.5 + 1 + 0 + 1) / 4);
  });

  it('compares spaces on the same items, and asks a seeded sample', async () => {
    const judged = judgedOf(Array.from({ length: 58 }, (_, i) => [i >> 1, i] as const));
    const scrambled = even.map((_, i) => even[(i * 23) % 60]!);
    const options = {
      catalogue,
      judged,
      systems: [space('llm-knn', scrambled), space('hgnn-knn', even)],
      seed: 2,
      bootstrap: 100,
      ask: 40,
    };
    const found = await evaluateSimilar(options);
    expect(found.asked).toBe(40);
    const of = found.paired.find(({ scope, metric }) => scope === 'all' && metric === 'hr@10')!;
    expect([of.a, of.b].sort()).toEqual(['hgnn-knn', 'llm-knn']);
    expect((of.a === 'hgnn-knn' ? 1 : -1) * of.difference).toBeGreaterThan(0.3);
    expect(await evaluateSimilar(options)).toEqual(found);
    expect(await evaluateSimilar({ ...options, seed: 3 })).not.toEqual(found);
    expect(formatSimilar(found)).toMatch(/of 40 items[\s\S]*items of all types, for 40 items[\s\S]*hgnn-knn/);
  });

  it('refuses a window in which nobody took two items', async () => {
    const judged = judgedOf([
      [0, 1],
      [1, 1],
    ]);
    await expect(
      evaluateSimilar({ catalogue, judged, systems: [space('llm-knn', even)], seed: 1 }),
    ).rejects.toThrow(/nobody took two items/);
  });
});
