import { expect, test } from 'vitest';
import { judgedPairs } from '../../lib/evaluation/index.js';
import { type EventLog, histories } from '../../lib/events/index.js';

// Rows (user, time, item, kind); kind 0 is weak, 1 strong. The window is [10, 20).
const rows = [
  [0, 5, 1, 1],
  [0, 6, 2, 0],
  [0, 10, 4, 1], // the window's first moment
  [0, 11, 3, 1],
  [0, 12, 1, 1], // taken before
  [0, 13, 2, 1], // followed before: it was seen
  [0, 14, 3, 1], // again
  [0, 20, 5, 1], // the window's end
  [2, 15, 7, 0], // weak only
  [3, 1, 8, 1],
  [3, 15, 0, 0],
  [3, 16, 0, 1],
] as const;
const log: EventLog = {
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
const pairs = (window: { from: number; to?: number }) => {
  const { user, item } = judgedPairs(log, histories(log, 5, { before: window.from }), window);
  return Array.from(user, (u, i) => [u, item[i]]);
};

test('strong events of the window, once each, in order, less what was seen before', () => {
  expect(pairs({ from: 10, to: 20 })).toEqual([
    [0, 3],
    [0, 4],
    [3, 0],
  ]);
});

test('without an end the window is open', () => {
  expect(pairs({ from: 20 })).toEqual([[0, 5]]);
});

test('a log with more users than histories is refused', () => {
  const few = histories({ ...log, length: 8 }, 1);
  expect(() => judgedPairs(log, few, { from: 10 })).toThrow(expect.objectContaining({ code: 'ERR_RANGE' }));
});
