// The graph of item-knn, by hand: what a user counts in the cosine.
import { describe, expect, test } from 'vitest';
import { type Dataset, makeUsers } from '../../lib/events/index.js';
import { buildItemGraph, type ItemGraph } from '../../lib/graph/index.js';
import { resolveConfig } from '../../lib/pipeline/config/index.js';
import { knnGraph } from '../../lib/pipeline/stages/knn-graph.js';

// u0 took a and b; u1 took a, b, c and d, and a again.
const taken = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
  [1, 2],
  [1, 3],
  [1, 0],
] as const;
const dataset = {
  catalogue: { size: 4, ids: ['a', 'b', 'c', 'd'], types: ['x', 'y'], typeOffsets: Uint32Array.of(0, 3, 4) },
  users: makeUsers({ ids: ['u0', 'u1'], categories: {}, numbers: {} }),
  log: {
    length: taken.length,
    user: Uint32Array.from(taken, ([user]) => user),
    item: Uint32Array.from(taken, ([, item]) => item),
    kind: new Uint8Array(taken.length),
    time: Float64Array.from(taken.keys()),
    kinds: [{ name: 'event', strong: true }],
  },
} as unknown as Dataset;

async function scores(knn: object, graph: object = {}): Promise<Record<string, number>> {
  const offsets = BigUint64Array.of(0n, 2n, 6n);
  const [item, time] = [Uint32Array.of(0, 1, 0, 1, 2, 3), Float64Array.of(0, 1, 2, 3, 4, 5)];
  const full: ItemGraph = await buildItemGraph({ offsets, item, time }, dataset.catalogue);
  const config = resolveConfig(
    { events: { file: 'e.csv', columns: { user: 'u', item: 'i', time: 't' } }, knn, graph },
    '/data',
  );
  const made = await knnGraph(dataset, full, config);
  const found: Record<string, number> = {};
  made.relations.forEach(({ destinationType }, r) => {
    const { offsets, indices, scores } = made.relation(r);
    const first = dataset.catalogue.typeOffsets[destinationType]!;
    for (let row = 0; row + 1 < offsets.length; row++)
      for (let e = Number(offsets[row]); e < Number(offsets[row + 1]); e++)
        found[`${dataset.catalogue.ids[indices[e]!]}${dataset.catalogue.ids[first + row]}`] = scores![e]!;
  });
  return found;
}

describe('the graph of item-knn', () => {
  test('users count alike', async () => {
    const { ab, ac, dc } = await scores({ shrinkage: 1 });
    expect(ab).toBeCloseTo(2 / (2 + 1), 6);
    expect(ac).toBeCloseTo(1 / (Math.sqrt(2) + 1), 6);
    expect(dc).toBeCloseTo(1 / (1 + 1), 6);
  });

  test('a user counts 1 / their items, of which one taken twice is one', async () => {
    const { ab, ac, dc } = await scores({ shrinkage: 0.5, userWeights: 'inverse' });
    expect(ab).toBeCloseTo((1 / 2 + 1 / 4) / (1 / 2 + 1 / 4 + 0.5), 6);
    expect(ac).toBeCloseTo(1 / 4 / (Math.sqrt((1 / 2 + 1 / 4) * (1 / 4)) + 0.5), 6);
    expect(dc).toBeCloseTo(1 / 4 / (1 / 4 + 0.5), 6);
  });

  test('pairs of types that the graph goes without', async () => {
    const found = await scores({ userWeights: 'inverse' }, { without: [['x', 'y']] });
    expect(Object.keys(found).sort()).toEqual(['ab', 'ac', 'ba', 'bc', 'ca', 'cb']);
  });
});
