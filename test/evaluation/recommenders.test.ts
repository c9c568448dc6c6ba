import { describe, expect, test } from 'vitest';
import { matrix } from '../../lib/artifacts/index.js';
import { itemKnn, vectorRecommender } from '../../lib/evaluation/index.js';
import { buildItemGraph, prune } from '../../lib/graph/index.js';
import { catalogueOf, historiesOf } from './platform.js';

describe('vectorRecommender', () => {
  const itemVectors = matrix(3, 2, Float32Array.of(1, 0, 0, 1, -1, 2));
  const userVectors = matrix(3, 2, Float32Array.of(0, 0, 1, 2, 3, 0));

  test('scores the asked users in their order; a user with zeros has every item tied', async () => {
    const out = new Float32Array(9).fill(7);
    await vectorRecommender('llm-knn', { userVectors, itemVectors }).score(Uint32Array.of(2, 0, 1), out);
    expect(Array.from(out, (x) => x + 0)).toEqual([3, 0, -3, 0, 0, 0, 1, 2, 3]);
  });

  test('adds the bias of an item', async () => {
    const out = new Float32Array(6);
    const itemBias = Float32Array.of(0, 10, 20);
    await vectorRecommender('2t', { userVectors, itemVectors, itemBias }).score(Uint32Array.of(0, 1), out);
    expect(Array.from(out)).toEqual([0, 10, 20, 1, 12, 23]);
  });

  test('refuses sizes that do not fit each other', async () => {
    const refused = (work: () => unknown) =>
      expect(work).toThrow(expect.objectContaining({ code: 'ERR_SHAPE' }));
    refused(() => vectorRecommender('2t', { userVectors: matrix(3, 3), itemVectors }));
    refused(() => vectorRecommender('2t', { userVectors, itemVectors, itemBias: new Float32Array(2) }));
    const system = vectorRecommender('2t', { userVectors, itemVectors });
    await expect(system.score(Uint32Array.of(3), new Float32Array(3))).rejects.toMatchObject({
      code: 'ERR_RANGE',
    });
    await expect(system.score(Uint32Array.of(0), new Float32Array(2))).rejects.toMatchObject({
      code: 'ERR_SHAPE',
    });
  });
});

describe('itemKnn', () => {
  // Pairs: 0-1 by users 0 and 1, 0-2 by user 1, 1-2 by user 1; item 3 alone.
  const history = historiesOf([[0, 1], [1, 0, 2], [], [3], [0, 0, 1]]);
  const graph = async () => prune(await buildItemGraph(history, catalogueOf(2, 2)), { score: 'count' });

  test('adds up what each item of the history says, each item once', async () => {
    const out = new Float32Array(4 * 4).fill(9);
    await itemKnn({ graph: await graph(), history }).score(Uint32Array.of(4, 2, 3, 1), out);
    // Shared users: 0-1 three (users 0, 1, 4), 0-2 one, 1-2 one.
    expect(Array.from(out)).toEqual([...[3, 3, 2, 0], ...[0, 0, 0, 0], ...[0, 0, 0, 0], ...[4, 4, 2, 0]]);
  });

  test('an item weighs by its last event', async () => {
    const out = new Float32Array(4);
    const day = 86_400;
    const dated = { ...history, time: history.time.map((e) => e * day) };
    await itemKnn({ graph: await graph(), history: dated, halfLifeDays: 1 }).score(Uint32Array.of(4), out);
    // User 4: item 1 at day 2 (weight 1), item 0 last at day 1 (weight 1/2).
    expect(Array.from(out)).toEqual([3, 1.5, 1.5, 0]);
  });

  test('refuses a half-life of nothing', async () => {
    const scored = await graph();
    expect(() => itemKnn({ graph: scored, history, halfLifeDays: 0 })).toThrow(
      expect.objectContaining({ code: 'ERR_RANGE' }),
    );
  });
});
