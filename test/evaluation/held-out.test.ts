import { describe, expect, test } from 'vitest';
import {
  type HeldOut,
  holdOutGiven,
  holdOutLast,
  holdOutShare,
  holdOutWindow,
  interactionsOf,
  withoutItems,
} from '../../lib/evaluation/index.js';
import type { EventLog } from '../../lib/events/index.js';
import { historiesOf } from './platform.js';

/** A log of rows (user, time, item, kind); kind 0 is weak, 1 strong. */
const logOf = (rows: readonly (readonly [number, number, number, number])[]): EventLog => ({
  length: rows.length,
  user: Uint32Array.from(rows, ([user]) => user),
  time: Float64Array.from(rows, ([, time]) => time),
  item: Uint32Array.from(rows, ([, , item]) => item),
  kind: Uint8Array.from(rows, ([, , , kind]) => kind),
  kinds: [
    { name: 'follow', strong: false },
    { name: 'stream', strong: true },
  ],
});
const log = logOf([
  [0, 1, 1, 1],
  [0, 2, 2, 0], // followed: 2 is no discovery afterwards
  [0, 3, 3, 1],
  [0, 4, 2, 1],
  [0, 5, 4, 1],
  [0, 6, 3, 1],
  [1, 1, 5, 1],
  [1, 2, 5, 1],
  [3, 4, 0, 1],
  [3, 5, 6, 1],
]);
const known = ({ known }: HeldOut) => Array.from(known.user, (user, i) => [user, known.time[i]]);
const judged = (heldOut: HeldOut) => {
  const { user, item } = heldOut.judged();
  return Array.from(user, (u, i) => [u, item[i]]);
};

describe('a window of time', () => {
  test('known is what lies before it; what comes after it is in neither', () => {
    const heldOut = holdOutWindow(log, 4, { from: 4, to: 5 });
    expect(known(heldOut)).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
      [1, 1],
      [1, 2],
    ]);
    expect(judged(heldOut)).toEqual([[3, 0]]); // user 0 had followed item 2
  });
});

describe('leave-last-out', () => {
  test('holds out the last discovery and all after it; a user with one discovery keeps it', () => {
    const heldOut = holdOutLast(log, 0);
    expect(judged(heldOut)).toEqual([
      [0, 4],
      [3, 6],
    ]);
    expect(known(heldOut)).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
      [0, 4],
      [1, 1],
      [1, 2],
      [3, 4],
    ]);
  });

  test('validation holds out the one before', () => {
    const heldOut = holdOutLast(log, 1);
    expect(judged(heldOut)).toEqual([[0, 3]]);
    expect(known(heldOut)).toEqual([
      [0, 1],
      [0, 2],
      [1, 1],
      [1, 2],
      [3, 4],
      [3, 5],
    ]);
  });
});

describe('a split that is given', () => {
  test('judges the pairs of the test events that are new to the user', () => {
    const given = logOf([
      [0, 0, 1, 1],
      [0, 0, 7, 1],
      [1, 0, 6, 0],
      [2, 0, 3, 1],
    ]);
    const heldOut = holdOutGiven(log, given, 4);
    expect(heldOut.known).toBe(log);
    expect(judged(heldOut)).toEqual([
      [0, 7],
      [2, 3],
    ]);
  });

  test('a share of the pairs: all events of a pair together, the same for every seed, near the share', () => {
    const many = logOf(
      Array.from({ length: 4000 }, (_, i) => [Math.floor(i / 40), 0, (i >> 1) % 20, 1] as const),
    );
    const heldOut = holdOutShare(many, 100, 0.25, 3);
    const pairs = new Set(judged(heldOut).map(String));
    const stays = (user: number, i: number) => !pairs.has(String([user, heldOut.known.item[i]]));
    expect(heldOut.known.user.every(stays)).toBe(true);
    expect(heldOut.known.length + 2 * pairs.size).toBe(4000);
    expect(pairs.size / 2000).toBeGreaterThan(0.2);
    expect(pairs.size / 2000).toBeLessThan(0.3);
    expect(judged(holdOutShare(many, 100, 0.25, 3))).toEqual(judged(heldOut));
    expect(judged(holdOutShare(many, 100, 0.25, 4))).not.toEqual(judged(heldOut));
    expect(() => holdOutShare(many, 100, 1, 3)).toThrow(expect.objectContaining({ code: 'ERR_RANGE' }));
  });
});

describe('a simulated new type', () => {
  test('takes its items from the histories of some users, and judges nothing that they had', () => {
    const users = 400;
    const rows = Array.from({ length: users * 3 }, (_, i) => [
      Math.floor(i / 3),
      i % 3, // item 0, then 5, then the judged 6
      [0, 5, 6][i % 3]!,
      1,
    ]) as unknown as [number, number, number, number][];
    const base = holdOutWindow(logOf(rows), users, { from: 2 });
    const cold = withoutItems(base, [4, 8], 0.8, 1);
    const left = new Set(Array.from(cold.known.user).filter((_, i) => cold.known.item[i] === 5));
    expect(left.size / users).toBeGreaterThan(0.12);
    expect(left.size / users).toBeLessThan(0.28);
    expect(Array.from(cold.known.item).filter((item) => item === 0)).toHaveLength(users);
    expect(judged(cold)).toEqual(judged(base));
    expect(withoutItems(base, [4, 8], 1, 1).known.item.every((item) => item === 0)).toBe(true);
    expect(() => withoutItems(base, [4, 8], 0, 1)).toThrow(expect.objectContaining({ code: 'ERR_RANGE' }));
  });
});

describe('interactionsOf', () => {
  test('each item of a history once, sorted', () => {
    const { offsets, indices, users, items } = interactionsOf(historiesOf([[3, 1, 3], [], [0]]), 4);
    expect([users, items]).toEqual([3, 4]);
    expect(Array.from(offsets, Number)).toEqual([0, 2, 2, 3]);
    expect(Array.from(indices)).toEqual([1, 3, 0]);
    expect(() => interactionsOf(historiesOf([[3, 1, 3], [], [0]]), 3)).toThrow(
      expect.objectContaining({ code: 'ERR_RANGE' }),
    );
  });
});
