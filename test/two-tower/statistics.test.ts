import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { histories } from '../../lib/events/index.js';
import { itemStatistics, itemTimes, planSnapshots, snapshotExamples } from '../../lib/two-tower/index.js';
import { DAY, logOf } from './worlds.js';

const event = fc.record({
  user: fc.nat(4),
  item: fc.nat(5),
  day: fc.nat(60),
  kind: fc.nat(1),
});

describe('itemStatistics', () => {
  test('by hand', () => {
    const log = logOf([
      { user: 0, item: 0, day: 1 },
      { user: 1, item: 0, day: 9 },
      { user: 0, item: 0, day: 10 }, // at the cut: not known yet
      { user: 2, item: 1, day: 3 },
      { user: 2, item: 0, day: 4, kind: 1 }, // weak
    ]);
    const { data, cols } = itemStatistics([itemTimes(log, 3, true)], 10 * DAY, [1, 7]);
    expect(cols).toBe(6);
    const row = (i: number) =>
      Array.from(data.subarray(i * 6, i * 6 + 6), (x) => Math.round(Math.expm1(x) * 100) / 100);
    // 1 event within a day, 1 within 7 days, 2 in all, first 9 days ago, last 1 day ago
    expect(row(0).slice(0, 5)).toEqual([1, 1, 2, 9, 1]);
    expect(row(1).slice(0, 5)).toEqual([0, 1, 1, 7, 7]);
    expect(Array.from(data.subarray(12))).toEqual([0, 0, 0, 0, 0, 0]);
    expect([data[5], data[11], data[17]]).toEqual([1, 1, 0]);
  });

  test('a planted leak does not show: events at or after the cut change nothing', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), fc.integer({ min: 1, max: 50 }), (events, cut) => {
        const before = events.filter((e) => e.day < cut);
        const all = itemStatistics([itemTimes(logOf(events), 6, true)], cut * DAY, [7, 14]);
        const known = itemStatistics([itemTimes(logOf(before), 6, true)], cut * DAY, [7, 14]);
        expect(all.data).toEqual(known.data);
      }),
    );
  });
});

describe('snapshots', () => {
  test('step back from the serving cut and never reach beyond it', () => {
    const plans = planSnapshots(100 * DAY, 0, { snapshots: 3, strideDays: 20, horizonDays: 30 });
    expect(plans.map(({ cut, end }) => [cut / DAY, end / DAY])).toEqual([
      [40, 70],
      [60, 90],
      [80, 100],
    ]);
    expect(
      planSnapshots(100 * DAY, 50 * DAY, { snapshots: 3, strideDays: 20, horizonDays: 30 }),
    ).toHaveLength(2);
    expect(() => planSnapshots(10 * DAY, 0, { snapshots: 3, strideDays: 20, horizonDays: 30 })).toThrow(
      /stride/,
    );
  });

  test('examples are first meetings by a strong event in [cut, end)', () => {
    const log = logOf([
      { user: 0, item: 0, day: 1 },
      { user: 0, item: 0, day: 12 }, // met before
      { user: 0, item: 1, day: 4, kind: 1 },
      { user: 0, item: 1, day: 13 }, // met before, by a weak event
      { user: 0, item: 2, day: 10 }, // at the cut: counts
      { user: 0, item: 2, day: 15 }, // once only
      { user: 0, item: 3, day: 20 }, // at the end: no longer
      { user: 1, item: 3, day: 14, kind: 1 }, // weak
      { user: 1, item: 4, day: 19 },
    ]);
    const { user, item } = snapshotExamples(log, histories(log, 2), { cut: 10 * DAY, end: 20 * DAY });
    expect([...user]).toEqual([0, 1]);
    expect([...item]).toEqual([2, 4]);
  });

  test('no example is in the history before its cut, none lies at or after the end', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), (events) => {
        const log = logOf(events);
        const [cut, end] = [20, 40];
        const examples = snapshotExamples(log, histories(log, 5), { cut: cut * DAY, end: end * DAY });
        const pairs = Array.from(examples.user, (u, k) => `${u} ${examples.item[k]}`);
        const wanted = new Set(
          events
            .filter((e) => (e.kind ?? 0) === 0 && e.day >= cut && e.day < end)
            .map((e) => `${e.user} ${e.item}`),
        );
        for (const e of events) if (e.day < cut) wanted.delete(`${e.user} ${e.item}`);
        expect(new Set(pairs)).toEqual(wanted);
        expect(pairs.length).toBe(wanted.size);
      }),
    );
  });
});
