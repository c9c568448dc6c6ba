import { describe, expect, test } from 'vitest';
import { type Dataset, makeCatalogue, makeUsers } from '../../lib/events/index.js';
import { resolveConfig } from '../../lib/pipeline/index.js';
import { timeline, timelineConfig } from '../../lib/pipeline/timeline.js';

const DAY = 86_400;
/** Two users, ten days: user 0 takes item k on day k, user 1 item 9 - k. Items 5 to 9 are of type b. */
const rows = [0, 1].flatMap((user) =>
  Array.from({ length: 10 }, (_, k) => [user, k * DAY, user === 0 ? k : 9 - k] as const),
);
const log = {
  length: rows.length,
  user: Uint32Array.from(rows, ([user]) => user),
  time: Float64Array.from(rows, ([, time]) => time),
  item: Uint32Array.from(rows, ([, , item]) => item),
  kind: new Uint8Array(rows.length),
  kinds: [{ name: 'event', strong: true }],
};
const dataset = {
  catalogue: makeCatalogue({
    ids: Array.from({ length: 10 }, (_, i) => `i${i}`),
    types: ['a', 'b'],
    typeOffsets: Uint32Array.of(0, 5, 10),
    titles: new Array(10).fill(null),
    descriptions: new Array(10).fill(null),
    categories: {},
  }),
  users: makeUsers({ ids: ['u0', 'u1'], categories: {}, numbers: {} }),
  log,
  report: { rows: 20, kept: 20, dropped: {}, items: { rows: 10, kept: 10, dropped: {} }, users: null },
} as unknown as Dataset;

const at = (split: object, window = 'test', from = dataset) => {
  const events = { file: 'e.csv', columns: { user: 'u', item: 'i', time: 't' } };
  const config = resolveConfig(
    { events, split, evaluation: { window }, twoTower: { strideDays: 1, horizonDays: 1, snapshots: 2 } },
    '/data',
  );
  return timeline(from, timelineConfig(config));
};
const pairs = ({ judged }: ReturnType<typeof timeline>) => {
  const { user, item } = judged();
  return Array.from(user, (u, i) => [u, item[i]]);
};

describe('what is known and judged', () => {
  test('by time', () => {
    const test = at({ validation: 0.8, test: 0.9 });
    expect([test.cut, test.end]).toEqual([9 * DAY, Number.POSITIVE_INFINITY]);
    expect(test.known.log.length).toBe(18);
    expect(pairs(test)).toEqual([
      [0, 9],
      [1, 0],
    ]);
    const validation = at({ validation: 0.8, test: 0.9 }, 'validation');
    expect([validation.cut, validation.end]).toEqual([8 * DAY, 9 * DAY]);
    expect(pairs(validation)).toEqual([
      [0, 8],
      [1, 1],
    ]);
    expect(validation.known.log.length).toBe(16);
    expect(validation.snapshots.map(({ cut }) => cut / DAY)).toEqual([6, 7]);
  });

  test('the last of each user; the cut lies after all that is known', () => {
    const last = at({ by: 'last' });
    expect(pairs(last)).toEqual([
      [0, 9],
      [1, 0],
    ]);
    expect(last.known.log.length).toBe(18);
    expect(last.cut).toBe(8 * DAY + 1);
    expect(last.split).toBe(null);
  });

  test('a test file, and a share of the pairs for validation', () => {
    const test = {
      ...log,
      length: 1,
      user: Uint32Array.of(1),
      item: Uint32Array.of(3),
      time: Float64Array.of(0),
    };
    const few = { ...log, length: 5 };
    const given = { ...dataset, log: few, test };
    expect(pairs(at({ by: 'given' }, 'test', given))).toEqual([[1, 3]]);
    const validation = at({ by: 'given', share: 0.5 }, 'validation', given);
    expect(validation.known.log.length + pairs(validation).length).toBe(5);
    expect(() => at({ by: 'given' })).toThrow(expect.objectContaining({ code: 'ERR_CONFIG' }));
  });

  test('none: all is known, nothing is judged', () => {
    const all = at({ by: 'none' });
    expect([all.cut, all.end, all.split]).toEqual([9 * DAY + 1, Number.POSITIVE_INFINITY, null]);
    expect(all.known.log).toBe(log);
    expect(all.snapshots.at(-1)).toEqual({ cut: 8 * DAY + 1, end: 9 * DAY + 1 });
    expect(() => all.judged()).toThrow(expect.objectContaining({ code: 'ERR_CONFIG' }));
  });

  test('left open, snapshots lie whole days apart, as many as an event is an example of in its horizon', () => {
    const daysBack = (snapshots: number, horizonDays: number) => {
      const { split } = resolveConfig(
        { events: { file: 'e.csv', columns: { user: 'u', item: 'i', time: 't' } }, split: { by: 'none' } },
        '/data',
      );
      const moments = { split, window: 'test' as const, snapshots, strideDays: null, horizonDays };
      const { cut, snapshots: plans } = timeline(dataset, moments);
      return plans.map((plan) => (cut - plan.cut) / DAY);
    };
    expect(daysBack(24, 8)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]); // 8 / 6 days, rounded
    expect(daysBack(24, 16)).toEqual([9, 6, 3]);
    expect(daysBack(2, 8)).toEqual([8, 4]);
    expect(daysBack(1, 8)).toEqual([8]);
    expect(daysBack(3, 1.5)).toEqual([1.5, 1, 0.5]); // less than a day apart: there is nothing to round to
  });

  test('a new type is simulated for a share of the users', () => {
    const cold = at({ validation: 0.8, test: 0.9, coldType: { type: 'b', users: 1 } });
    expect(cold.known.log.item.every((item) => item < 5)).toBe(true);
    expect(pairs(cold)).toEqual([
      [0, 9],
      [1, 0],
    ]);
    expect(() => at({ coldType: { type: 'c' } })).toThrow(/no items of type "c"; the types are a, b/);
  });
});
