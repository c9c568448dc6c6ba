import { describe, expect, test } from 'vitest';
import { popularity } from '../../lib/evaluation/index.js';
import type { EventLog } from '../../lib/events/index.js';

const DAY = 86_400;

/** (item, day, strong) events of one user each. */
function logOf(rows: readonly (readonly [number, number, boolean?])[]): EventLog {
  return {
    length: rows.length,
    user: Uint32Array.from(rows, (_, i) => i),
    item: Uint32Array.from(rows, ([item]) => item),
    kind: Uint8Array.from(rows, ([, , strong = true]) => (strong ? 0 : 1)),
    time: Float64Array.from(rows, ([, day]) => day * DAY),
    kinds: [
      { name: 'stream', strong: true },
      { name: 'follow', strong: false },
    ],
  };
}

const scores = async (system: ReturnType<typeof popularity>, items: number) => {
  const out = new Float32Array(2 * items);
  await system.score(Uint32Array.of(3, 1), out);
  expect(out.subarray(items)).toEqual(out.subarray(0, items)); // the same for everyone
  return Array.from(out.subarray(0, items));
};

describe('popularity', () => {
  // Counts of all time, of the last 7 days, of the last 6 (the cut is day 20):
  //   item 0: 3 0 0   1: 2 2 1   2: 3 2 2   3: 0 0 0   4: 0, its event is at the cut   5: 0, weak only   6: 2 2 1
  const log = logOf([
    ...[1, 2, 3].map((day) => [0, day] as const),
    ...[13, 19].map((day) => [1, day] as const),
    ...[5, 15, 16].map((day) => [2, day] as const),
    [4, 20],
    [5, 18, false],
    ...[13, 14].map((day) => [6, day] as const),
  ]);
  const at = (days?: number) => popularity({ log, items: 7, cut: 20 * DAY, ...(days && { days }) });

  test('counts strong events before the cut', async () => {
    expect(at().name).toBe('popularity');
    expect(await scores(at(), 7)).toEqual([2, 1, 2, 0, 0, 0, 1]);
  });

  test('of the days before the cut, the first moment included; ties go by the count of all time', async () => {
    expect(at(7).name).toBe('popularity-7d');
    expect(await scores(at(7), 7)).toEqual([1, 2, 3, 0, 0, 0, 2]); // 0 2 2 0 0 0 2, then 3 2 3 0 0 0 2
    expect(await scores(at(6), 7)).toEqual([1, 2, 3, 0, 0, 0, 2]); // 0 1 2 0 0 0 1
    expect(await scores(at(5), 7)).toEqual([2, 3, 4, 0, 0, 0, 1]); // 0 1 2 0 0 0 0: day 14 is 6 days back
  });

  test('refuses a window of no days', () => {
    expect(() => at(-1)).toThrow(expect.objectContaining({ code: 'ERR_RANGE' }));
  });
});
