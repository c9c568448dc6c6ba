import { describe, expect, it } from 'vitest';
import { below } from '../../lib/random/index.js';
import { composedMaxMarginLoss, maxMarginLoss, tf } from '../../lib/tensor/index.js';
import { codeOf, expectClose, expectGradient, expectSameBits, onCpu, random, random2d } from './helpers.js';

const rowsOf = (length: number, rows: number, seed: number) =>
  Uint32Array.from({ length }, (_, i) => below(rows, seed, i));
const pairs = (count: number, negatives: number, rows: number) =>
  [rowsOf(count, rows, 1), rowsOf(count, rows, 2), rowsOf(count * negatives, rows, 3)] as const;

describe('maxMarginLoss', () => {
  it('agrees with a case by hand', () => {
    const z = tf.tensor2d([1, 0, 0, 1, 2, 1], [3, 2]);
    // Anchor 0, positive 1 (product 0), negative 2 (product 2): 2 - 0 + 0.5.
    expect(maxMarginLoss(z, Uint32Array.of(0), Uint32Array.of(1), Uint32Array.of(2), 0.5).dataSync()[0]).toBe(
      2.5,
    );
    expect(maxMarginLoss(z, Uint32Array.of(0), Uint32Array.of(2), Uint32Array.of(1), 0.5).dataSync()[0]).toBe(
      0,
    );
  });

  it('agrees with plain tfjs operations on the cpu backend, gradient too', () => {
    const [anchors, positives, negatives] = pairs(150, 3, 40);
    const values = random(40 * 21, 5);
    const both = (loss: typeof maxMarginLoss) => {
      const f = (t: tf.Tensor) => tf.mul(loss(t as tf.Tensor2D, anchors, positives, negatives, 0.3), 2);
      const { value, grad } = tf.valueAndGrad(f)(tf.tensor2d(values, [40, 21]));
      return [value.dataSync(), grad.dataSync()] as const;
    };
    const [got, want] = [both(maxMarginLoss), onCpu(() => both(composedMaxMarginLoss))];
    expectClose(got[0], want[0]);
    expectClose(got[1], want[1]);
  });

  it('composed, has a weight per pair: by hand, and with its gradient', () => {
    const z = tf.tensor2d([1, 0, 0, 1, 2, 1], [3, 2]);
    // Pairs (0, 1 | 2): 2.5 as above, and (0, 2 | 0): max(0, 1 - 2 + 0.5) = 0; then (1, 0 | 2): 1 - 0 + 0.5.
    const [a, p, n] = [Uint32Array.of(0, 0, 1), Uint32Array.of(1, 2, 0), Uint32Array.of(2, 0, 2)];
    const weighted = (weights: Float32Array) => composedMaxMarginLoss(z, a, p, n, 0.5, weights).dataSync()[0];
    expect(weighted(Float32Array.of(1, 5, 2))).toBeCloseTo((2.5 + 2 * 1.5) / 8, 6);
    expect(weighted(Float32Array.of(0, 0, 0))).toBe(0);
    const [anchors, positives, negatives] = pairs(6, 2, 8);
    const weights = Float32Array.of(1, 2, 0, 4, 0.5, 1);
    expectGradient(
      (t) => composedMaxMarginLoss(t, anchors, positives, negatives, 50, weights),
      random2d(8, 5, 6),
    );
  });

  it('agrees with central differences', () => {
    const [anchors, positives, negatives] = pairs(6, 2, 8);
    // A margin so large that every term is active: no kink within the step.
    expectGradient((t) => maxMarginLoss(t, anchors, positives, negatives, 50), random2d(8, 5, 6));
  });

  it('gives the same bits at any number of threads', () => {
    const [anchors, positives, negatives] = pairs(2000, 2, 300);
    expectSameBits(() => {
      const f = (t: tf.Tensor) => maxMarginLoss(t as tf.Tensor2D, anchors, positives, negatives, 0.1);
      const { value, grad } = tf.valueAndGrad(f)(random2d(300, 64, 7));
      return [value.dataSync() as Float32Array, grad.dataSync() as Float32Array];
    });
  });

  it('gives 0 and no gradient without pairs, and lets NaN show', () => {
    const none = new Uint32Array();
    const { value, grad } = tf.valueAndGrad((t) => maxMarginLoss(t as tf.Tensor2D, none, none, none, 1))(
      tf.ones([2, 2]),
    );
    expect(value.dataSync()[0]).toBe(0);
    expect([...grad.dataSync()]).toEqual([0, 0, 0, 0]);
    const bad = tf.tensor2d([Number.NaN, 1], [2, 1]);
    expect(
      maxMarginLoss(bad, Uint32Array.of(0), Uint32Array.of(1), Uint32Array.of(1), 1).dataSync()[0],
    ).toBeNaN();
  });

  it('refuses positions and sizes that cannot be', () => {
    const z = tf.ones([3, 2]) as tf.Tensor2D;
    const one = Uint32Array.of(1);
    expect(codeOf(() => maxMarginLoss(z, Uint32Array.of(3), one, one, 1))).toBe('ERR_RANGE');
    expect(codeOf(() => maxMarginLoss(z, one, one, Uint32Array.of(9), 1))).toBe('ERR_RANGE');
    expect(codeOf(() => maxMarginLoss(z, Uint32Array.of(0, 1), one, one, 1))).toBe('ERR_SHAPE');
    expect(codeOf(() => maxMarginLoss(z, Uint32Array.of(0, 1), Uint32Array.of(0, 1), one, 1))).toBe(
      'ERR_SHAPE',
    );
    expect(codeOf(() => maxMarginLoss(z, one, one, new Uint32Array(), 1))).toBe('ERR_SHAPE');
    expect(codeOf(() => maxMarginLoss(z, one, one, one, Number.NaN))).toBe('ERR_VALUE');
    expect(codeOf(() => maxMarginLoss(z, Int32Array.of(1) as never, one, one, 1))).toBe('ERR_DTYPE');
  });
});
