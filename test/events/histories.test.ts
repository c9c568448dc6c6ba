import { describe, expect, test } from 'vitest';
import { type EventLog, histories, splitTimes } from '../../lib/events/index.js';

/** A log of (user, time, item, kind) rows that are sorted already. Kind 0 is weak, 1 strong. */
function logOf(rows: readonly (readonly [number, number, number, number])[]): EventLog {
  return {
    length: rows.length,
    user: Uint32Array.from(rows, ([user]) => user),
    time: Float64Array.from(rows, ([, time]) => time),
    item: Uint32Array.from(rows, ([, , item]) => item),
    kind: Uint8Array.from(rows, ([, , , kind]) => kind),
    kinds: [
      { name: 'follow', strong: false },
      { name: 'stream', strong: true },
    ],
  };
}

const log = logOf([
  [0, 10, 5, 1],
  [0, 20, 6, 0],
  [0, 30, 5, 1],
  [2, 20, 7, 1],
]);

describe('histories', () => {
  test('are rows of a user in time order; users without events have an empty one', () => {
    const all = histories(log, 4);
    expect(Array.from(all.offsets)).toEqual([0n, 3n, 3n, 4n, 4n]);
    expect(Array.from(all.item)).toEqual([5, 6, 5, 7]);
    expect(Array.from(all.kind)).toEqual([1, 0, 1, 1]);
    expect(Array.from(all.time)).toEqual([10, 20, 30, 20]);
  });

  test('before is exclusive, after inclusive, so windows share no event', () => {
    const early = histories(log, 3, { before: 20 });
    const late = histories(log, 3, { after: 20 });
    expect(Array.from(early.time)).toEqual([10]);
    expect(Array.from(late.time)).toEqual([20, 30, 20]);
    expect(Array.from(histories(log, 3, { after: 20, before: 30 }).offsets)).toEqual([0n, 1n, 1n, 2n]);
  });

  test('of strong kinds only', () => {
    expect(Array.from(histories(log, 3, { strongOnly: true }).item)).toEqual([5, 5, 7]);
  });

  test('refuse a log that does not fit', () => {
    expect(() => histories(log, 2)).toThrow(expect.objectContaining({ code: 'ERR_RANGE' }));
    expect(() => histories(log, 3, { before: Number.NaN })).toThrow(
      expect.objectContaining({ code: 'ERR_VALUE' }),
    );
    const unsorted = logOf([
      [1, 1, 0, 1],
      [0, 1, 0, 1],
      [1, 1, 0, 1],
    ]);
    expect(() => histories(unsorted, 2)).toThrow(expect.objectContaining({ code: 'ERR_VALUE' }));
  });
});

describe('splitTimes', () => {
  const day = 86_400;
  const days = logOf(Array.from({ length: 10 }, (_, i) => [0, i * day, 0, 1] as const));

  test('quantile q is the time of event floor(q n)', () => {
    expect(splitTimes(days, { validation: 0.25, test: 0.9 })).toEqual({ validation: 2 * day, test: 9 * day });
  });

  test('does not need the log to be sorted by time, and leaves it as it is', () => {
    const times = [3, 1, 2, 0].map((t) => t * day);
    const twoUsers = logOf([
      [0, times[1]!, 0, 1],
      [0, times[0]!, 0, 1],
      [1, times[3]!, 0, 1],
      [1, times[2]!, 0, 1],
    ]);
    expect(splitTimes(twoUsers, { validation: 0.5, test: 0.75 })).toEqual({
      validation: 2 * day,
      test: 3 * day,
    });
    expect(Array.from(twoUsers.time)).toEqual([day, 3 * day, 0, 2 * day]);
  });

  test('dates are UTC where they have no offset', () => {
    const split = (validation: string) => splitTimes(days, { validation, test: 0.9 }).validation;
    expect(split('1970-01-03')).toBe(2 * day);
    expect(split('1970-01-03T12:00')).toBe(2.5 * day);
    expect(split('1970-01-03 12:00:00')).toBe(2.5 * day);
    expect(split('1970-01-03T12:00:00+12:00')).toBe(2 * day);
  });

  test.each([
    [0, 0.9],
    [0.5, 1],
    [0.9, 0.5],
    [0.5, 0.5],
    ['1970-13-01', 0.9],
    ['January', 0.9],
    ['1970-01-05', '1980-01-01'],
    ['1969-01-01', 0.9],
    [Number.NaN, 0.9],
  ])('refuses %s and %s', (validation, testCut) => {
    expect(() => splitTimes(days, { validation, test: testCut })).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG' }),
    );
  });

  test('refuses an empty log', () => {
    expect(() => splitTimes(logOf([]), { validation: 0.8, test: 0.9 })).toThrow(
      expect.objectContaining({ code: 'ERR_VALUE' }),
    );
  });
});
