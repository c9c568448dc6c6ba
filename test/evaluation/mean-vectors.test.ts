import { expect, test } from 'vitest';
import { matrix } from '../../lib/artifacts/index.js';
import { meanVectors } from '../../lib/evaluation/index.js';
import type { Histories } from '../../lib/events/index.js';

const DAY = 86_400;
const items = matrix(3, 2, Float32Array.of(1, 0, 0, 1, 3, 4));

/** (item, day) events per user. */
function historiesAt(lists: readonly (readonly (readonly [number, number])[])[]): Histories {
  const events = lists.flat();
  const offsets = [0n];
  for (const list of lists) offsets.push(offsets.at(-1)! + BigInt(list.length));
  return {
    users: lists.length,
    offsets: BigUint64Array.from(offsets),
    item: Uint32Array.from(events, ([item]) => item),
    kind: new Uint8Array(events.length),
    time: Float64Array.from(events, ([, day]) => day * DAY),
  };
}

const history = historiesAt([
  [
    [0, 0],
    [1, 10],
  ],
  [],
  [
    [2, 3],
    [2, 4],
  ],
]);

test('plain means; a user without history has zeros', () => {
  const means = meanVectors(history, items, { normalise: false });
  expect([means.rows, means.cols]).toEqual([3, 2]);
  expect(Array.from(means.data)).toEqual([0.5, 0.5, 0, 0, 3, 4]);
});

test('unit length by default', () => {
  const half = Math.fround(Math.SQRT1_2);
  const means = meanVectors(history, items);
  for (const [i, value] of [half, half, 0, 0, 0.6, 0.8].entries())
    expect(means.data[i]).toBeCloseTo(value, 6);
});

test('an event weighs half of one that is a half-life newer', () => {
  const means = meanVectors(history, items, { halfLifeDays: 5, cut: 11 * DAY, normalise: false });
  expect(means.data[0]).toBeCloseTo(1 / 5, 6); // weights 1/4 and 1
  expect(means.data[1]).toBeCloseTo(4 / 5, 6);
});

test('a user who left long ago keeps a vector', () => {
  const old = historiesAt([[[0, 0]]]);
  expect(Array.from(meanVectors(old, items, { halfLifeDays: 1, cut: 1e6 * DAY }).data)).toEqual([1, 0]);
});

test('refuses a leak, a half-life without a cut, rows without vectors', () => {
  const refused = (code: string, work: () => unknown) =>
    expect(work).toThrow(expect.objectContaining({ code }));
  refused('ERR_VALUE', () => meanVectors(history, items, { cut: 10 * DAY }));
  refused('ERR_VALUE', () => meanVectors(history, items, { halfLifeDays: 5 }));
  refused('ERR_RANGE', () => meanVectors(history, items, { halfLifeDays: 0, cut: 11 * DAY }));
  refused('ERR_RANGE', () => meanVectors(history, matrix(2, 2)));
});
