import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compare } from '../../lib/evaluation/compare.js';
import { judge } from '../../lib/evaluation/judge.js';
import { makeCatalogue } from '../../lib/events/index.js';

const catalogue = makeCatalogue({
  ids: ['a', 'b', 'c', 'd'],
  types: ['x', 'y'],
  typeOffsets: Uint32Array.of(0, 2, 4),
  titles: new Array(4).fill(null),
  descriptions: new Array(4).fill(null),
  categories: {},
});
const users = 40;
const history = {
  users,
  offsets: new BigUint64Array(users + 1),
  item: new Uint32Array(0),
  kind: new Uint8Array(0),
  time: new Float64Array(0),
};
const judged = {
  user: Uint32Array.from({ length: users }, (_, u) => u),
  item: Uint32Array.from({ length: users }, (_, u) => u % 4),
};
/** Ranks for every pool: user u's item has rank of(u). */
const ranked = (of: (u: number) => number) => ({
  ranks: [0, 1, 2, 3].map(() => Float64Array.from({ length: users }, (_, u) => of(u))),
});
const whole = <T extends { scope: string; items: string; users: string; candidates: string }>(
  rows: readonly T[],
) =>
  rows.filter(
    (row) => row.scope === 'all' && row.items === 'all' && row.users === 'all' && row.candidates === 'all',
  );
const common = { catalogue, history, judged, metrics: ['hr@1', 'mrr'], seed: 3, bootstrap: 200 };

test('one seed gives the intervals and paired differences of the evaluation itself', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 80, maxLength: 80 }), (ranks) => {
      const [a, b] = [ranked((u) => ranks[u]!), ranked((u) => ranks[users + u]!)];
      const [base, other] = whole(
        compare({
          ...common,
          base: { name: 'base', runs: [a] },
          others: [{ name: 'other', runs: [b] }],
        }),
      );
      const { systems, paired } = judge({
        ...common,
        systems: [
          { name: 'base', ...a },
          { name: 'other', ...b },
        ],
      });
      for (const metric of common.metrics) {
        const [ofBase, ofOther] = whole(systems).map(({ metrics }) => metrics[metric]);
        expect(base!.metrics[metric]).toMatchObject(ofBase!);
        expect(base!.metrics[metric]!.difference).toBeUndefined();
        expect(other!.metrics[metric]).toMatchObject({ ...ofOther!, spread: null });
        const { difference, low, high } = whole(paired).find((pair) => pair.metric === metric)!;
        const found = other!.metrics[metric]!.difference!;
        expect(found.value).toBeCloseTo(difference, 12);
        expect(found.low).toBeCloseTo(low, 12);
        expect(found.high).toBeCloseTo(high, 12);
      }
    }),
    { numRuns: 20 },
  );
});

test('seeds are pooled, and what they differ by widens the interval', () => {
  const hit = ranked(() => 1);
  const miss = ranked(() => 2);
  // Every user alike, so only the seeds differ: hit rates 1, 1, 0 against 0.
  const [, other] = whole(
    compare({
      ...common,
      bootstrap: 2000, // all seeds of a resample miss in one of 27
      base: { name: 'base', runs: [miss, miss, miss] },
      others: [{ name: 'other', runs: [hit, hit, miss] }],
    }),
  );
  const figure = other!.metrics['hr@1']!;
  expect(figure.value).toBeCloseTo(2 / 3, 12);
  expect(figure.seeds).toEqual([1, 1, 0]);
  expect(figure.spread).toBeCloseTo(Math.sqrt(1 / 3), 12);
  expect(figure.difference).toMatchObject({ seeds: [1, 1, 0], low: 0, high: 1 });
  // Common to base and other: it falls out of the difference, not out of the value.
  const [, same] = whole(
    compare({
      ...common,
      base: { name: 'base', runs: [hit, miss] },
      others: [{ name: 'same', runs: [hit, miss] }],
    }),
  );
  expect(same!.metrics['hr@1']).toMatchObject({ value: 0.5, low: 0, high: 1 });
  expect(same!.metrics['hr@1']!.difference).toMatchObject({ value: 0, low: 0, high: 0, spread: 0 });
});
