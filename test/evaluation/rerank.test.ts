import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate, exposures, reranked, rerankList, scaled, typeShares } from '../../lib/evaluation/index.js';
import { divergence } from '../../lib/evaluation/rerank.js';
import { makeCatalogue } from '../../lib/events/index.js';

const none = { novelty: 0, coverage: 0, calibration: 0 };
const flat = (n: number) => ({ popularity: new Float64Array(n), exposure: null });
const list = (...given: Parameters<typeof rerankList>) => Array.from(rerankList(...given));

describe('rerankList', () => {
  const two = [
    { type: 0, items: [0, 1, 2], scores: [9, 8, 7] },
    { type: 1, items: [3, 4, 5], scores: [3, 2, 1] },
  ];

  test('without strengths it is the order of the scores, ties to the lower row', () => {
    expect(list(two, none, flat(6), [0.5, 0.5])).toEqual([0, 1, 2, 3, 4, 5]);
    const tied = [
      { type: 0, items: [2, 1], scores: [5, 5] },
      { type: 1, items: [4, 0], scores: [5, 6] },
    ];
    expect(list(tied, none, flat(5), null)).toEqual([0, 1, 2, 4]);
  });

  test('novelty and coverage take items down by how far they are ahead', () => {
    const one = [{ type: 0, items: [0, 1], scores: [1, -1] }]; // a deviation of 1 about 0
    const popularity = Float64Array.of(4, 0);
    const at = (novelty: number) => list(one, { ...none, novelty }, { popularity, exposure: null }, null);
    expect(at(0.4)).toEqual([0, 1]); // 1 - 1.6 = -.6 against -1
    expect(at(0.6)).toEqual([1, 0]); // 1 - 2.4 = -1.4
    const exposure = Float64Array.of(4, 0);
    expect(list(one, { ...none, coverage: 0.6 }, { popularity, exposure }, null)).toEqual([1, 0]);
    expect(() => list(one, { ...none, coverage: 1 }, { popularity, exposure: null }, null)).toThrow(
      /needs the exposure/,
    );
  });

  test('calibration gives every type its share of the history, and keeps the order within a type', () => {
    const strong = { ...none, calibration: 100 };
    expect(
      list(two, strong, flat(6), [0.5, 0.5])
        .slice(0, 4)
        .map((i) => (i < 3 ? 0 : 1)),
    ).toEqual([0, 1, 0, 1]);
    expect(list(two, strong, flat(6), [0, 1])).toEqual([3, 4, 5, 0, 1, 2]);
    const thirds = list(two, strong, flat(6), [2 / 3, 1 / 3]).slice(0, 3);
    expect(thirds.filter((i) => i < 3)).toEqual([0, 1]);
    expect(list(two, strong, flat(6), null)).toEqual([0, 1, 2, 3, 4, 5]); // no history: nothing to aim at
  });

  test('any strengths give a permutation that is in order of v within each type', () => {
    const strength = fc.double({ min: 0, max: 5, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.nat(50), fc.nat(2)), {
          minLength: 1,
          maxLength: 30,
        }),
        fc.record({ novelty: strength, coverage: fc.constant(0), calibration: strength }),
        (rows, strengths) => {
          const candidates = [0, 1, 2].map((type) => {
            const items = rows.flatMap(([, , t], i) => (t === type ? [i] : []));
            return { type, items, scores: items.map((i) => rows[i]![0]) };
          });
          const popularity = scaled(rows.map(([, count]) => count));
          const order = list(candidates, strengths, { popularity, exposure: null }, [0.2, 0.3, 0.5]);
          expect([...order].sort((a, b) => a - b)).toEqual(rows.map((_, i) => i));
          const mean = rows.reduce((sum, [s]) => sum + s, 0) / rows.length;
          const deviation = Math.sqrt(rows.reduce((sum, [s]) => sum + (s - mean) ** 2, 0) / rows.length) || 1;
          const value = (i: number) => (rows[i]![0] - mean) / deviation - strengths.novelty * popularity[i]!;
          for (const type of [0, 1, 2]) {
            const own = order.filter((i) => rows[i]![2] === type).map(value);
            for (let i = 1; i < own.length; i++) expect(own[i]!).toBeLessThanOrEqual(own[i - 1]! + 1e-9);
          }
        },
      ),
    );
  });
});

test('divergence, shares and scales by hand', () => {
  expect(divergence([0.5, 0.5], [1, 1])).toBeCloseTo(0, 12);
  expect(divergence([1, 0], [1, 1])).toBeCloseTo(Math.log(1 / (0.99 * 0.5 + 0.01)), 12);
  expect(divergence([1, 0], [0, 0])).toBeCloseTo(0, 12);
  expect(typeShares([0, 1, 5], (item) => (item < 3 ? 0 : 1), 2)).toEqual([2 / 3, 1 / 3]);
  expect(typeShares([], () => 0, 2)).toBe(null);
  const e = Math.E - 1;
  expect(Array.from(scaled([0, e]))).toEqual([0, 2]); // logs 0 and 1, deviation 1/2
  expect(Array.from(scaled([3, 3]))).toEqual([0, 0]);
});

const catalogue = makeCatalogue({
  ids: ['a', 'b', 'c', 'd', 'e', 'f'],
  types: ['x', 'y'],
  typeOffsets: Uint32Array.of(0, 4, 6),
  titles: new Array(6).fill(null),
  descriptions: new Array(6).fill(null),
  categories: {},
});
/** User 0 had item 0 and item 4, user 1 item 0, user 2 nothing. */
const history = {
  users: 3,
  offsets: BigUint64Array.of(0n, 2n, 3n, 3n),
  item: Uint32Array.of(0, 4, 0),
  kind: new Uint8Array(3),
  time: new Float64Array(3),
};
const base = {
  name: 'base',
  score: (users: Uint32Array, out: Float32Array) =>
    users.forEach((_, k) => {
      out.set([6, 5, 4, 3, 2, 1], k * 6);
    }),
};
const orderOf = (scores: Float32Array) => Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]!);

test('a re-ranked system puts its windows first, in their new order, and leaves the rest as it was', async () => {
  const penalties = { popularity: Float64Array.of(0, 9, 0, 0, 0, 0), exposure: null };
  const options = { catalogue, history, penalties, window: 2, name: 'other', ...none };
  const scores = new Float32Array(12);
  await reranked(base, { ...options, novelty: 1 }).score(Uint32Array.of(0, 2), scores);
  // User 0 has 0 and 4, so the windows are 1, 2 and 5: 1 is popular and goes to their end.
  expect(orderOf(scores.subarray(0, 6))).toEqual([2, 5, 1, 0, 3, 4]);
  // User 2 has nothing: 0, 1 and 4, 5.
  expect(orderOf(scores.subarray(6))).toEqual([0, 4, 5, 1, 2, 3]);
});

test('exposure counts the lists that an item is on', async () => {
  const counts = await exposures(base, Uint32Array.of(0, 1, 2), { catalogue, history, k: 2, batch: 2 });
  expect(Array.from(counts)).toEqual([1, 3, 2, 0, 0, 0]); // 1 2, 1 2, 0 1
});

test('calibration@k: how far the types of lists are from those of histories', async () => {
  const judged = { user: Uint32Array.of(0, 1, 2), item: Uint32Array.of(1, 1, 1) };
  const { systems } = await evaluate({
    catalogue,
    history,
    judged,
    systems: [base],
    seed: 1,
    bootstrap: 10,
    metrics: ['hr@1', 'calibration@2'],
  });
  const all = systems.find(
    ({ scope, users, items }) => scope === 'all' && users === 'all' && items === 'all',
  )!;
  // User 0: half and half, the list is of x alone; user 1: as the history; user 2 has no history.
  const of0 = 0.5 * Math.log(0.5 / (0.99 + 0.01 * 0.5)) + 0.5 * Math.log(0.5 / (0.01 * 0.5));
  expect(all.metrics['calibration@2']!.value).toBeCloseTo(of0 / 2, 10);
});
