import { expect, test } from 'vitest';
import {
  aggregateInto,
  borrowFloats,
  denseInto,
  gatherAggregate,
  l2Normalize,
  normalizeInPlace,
  onBackend,
  setMemoryLimit,
  tf,
} from '../../lib/tensor/index.js';
import { codeOf, expectSameBits, random } from './helpers.js';

const weights = { kernel: Float32Array.of(1, 2, 3, 4), inputs: 2, outputs: 2, bias: Float32Array.of(1, -30) };

test('a dense layer into an array, and added to it, by hand', () => {
  const x = Float32Array.of(1, 2, -1, 0);
  const out = new Float32Array(4);
  denseInto(out, x, weights); // [1, 2] W = [7, 10], [-1, 0] W = [-1, -2]
  expect([...out]).toEqual([8, -20, 0, -32]);
  out.set([10, 100, -10, 0]);
  denseInto(out, x, { ...weights, bias: null }, { activation: 'relu', add: true });
  expect([...out]).toEqual([17, 110, 0, 0]);
});

test('an aggregate into an array is that of gatherAggregate; adding adds', () => {
  const block = { offsets: BigUint64Array.of(0n, 2n, 2n, 3n), indices: Uint32Array.of(1, 3, 0) };
  const x = random(4 * 20, 1);
  for (const mode of ['max', 'mean', 'sum'] as const) {
    const want = gatherAggregate(tf.tensor2d(x, [4, 20]), block, mode).dataSync();
    const out = new Float32Array(60).fill(7);
    aggregateInto(out, x, block, { width: 20, mode });
    expect(out).toEqual(want);
    aggregateInto(out, x, block, { width: 20, mode, add: true });
    expect(out).toEqual(want.map((value) => value + value));
  }
});

test('rows to unit length where they lie', () => {
  const rows = random(300, 2);
  const want = l2Normalize(tf.tensor2d(rows, [30, 10])).dataSync();
  normalizeInPlace(rows, 10);
  expect(rows).toEqual(want);
});

test('the same bits at any number of threads', () => {
  const [x, before] = [random(700 * 48, 3), random(700 * 40, 4)];
  const layer = { kernel: random(48 * 40, 5), inputs: 48, outputs: 40, bias: random(40, 6) };
  expectSameBits(() => {
    const out = before.slice();
    denseInto(out, x, layer, { activation: 'relu', add: true });
    return out;
  });
});

test('what was borrowed and given back is lent again', async () => {
  setMemoryLimit(2 ** 30);
  const one = borrowFloats(100_003);
  one.giveBack();
  const two = borrowFloats(100_003);
  expect(two.values.buffer).toBe(one.values.buffer);
  const three = borrowFloats(100_003);
  expect(three.values.buffer).not.toBe(two.values.buffer);
  two.giveBack();
  three.giveBack();
  await onBackend({ backend: 'cpu', precision: 'float32' }, async () => {
    const plain = borrowFloats(5);
    expect(plain.values).toEqual(new Float32Array(5));
    plain.giveBack();
  });
});

test('hostile arguments are refused', () => {
  const out = new Float32Array(4);
  expect(codeOf(() => denseInto(out, new Float32Array(3), weights))).toBe('ERR_SHAPE');
  expect(codeOf(() => denseInto(new Float32Array(5), new Float32Array(4), weights))).toBe('ERR_SHAPE');
  const block = { offsets: BigUint64Array.of(0n, 1n), indices: Uint32Array.of(2) };
  expect(codeOf(() => aggregateInto(out, new Float32Array(8), block, { width: 4, mode: 'max' }))).toBe(
    'ERR_RANGE',
  );
  block.indices[0] = 1;
  expect(codeOf(() => aggregateInto(out, new Float32Array(9), block, { width: 4, mode: 'max' }))).toBe(
    'ERR_SHAPE',
  );
});
