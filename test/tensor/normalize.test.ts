import { describe, expect, it } from 'vitest';
import { l2Normalize, tf } from '../../lib/tensor/index.js';
import { codeOf, expectClose, expectGradient, expectSameBits, onCpu, random, random2d } from './helpers.js';

describe('l2Normalize', () => {
  it('agrees with plain tfjs operations on the cpu backend, gradient too', () => {
    const [values, dy] = [random(37 * 19, 1), random(37 * 19, 2)];
    const both = () => {
      const f = (t: tf.Tensor) => l2Normalize(t as tf.Tensor2D);
      const { value, grad } = tf.valueAndGrad(f)(tf.tensor2d(values, [37, 19]), tf.tensor2d(dy, [37, 19]));
      return [value.dataSync(), grad.dataSync()] as const;
    };
    const [got, want] = [both(), onCpu(both)];
    expectClose(got[0], want[0]);
    expectClose(got[1], want[1]);
  });

  it('agrees with central differences', () => {
    expectGradient(l2Normalize, random2d(5, 8, 3));
  });

  it('keeps a row of zeros, gives it no gradient, and passes NaN on', () => {
    const x = tf.tensor2d([0, 0, 3, 4, Number.NaN, 1], [3, 2]);
    expectClose(l2Normalize(x).dataSync(), [0, 0, 0.6, 0.8, Number.NaN, Number.NaN]);
    const gradient = tf
      .grad((t) => tf.sum(l2Normalize(t as tf.Tensor2D)))(tf.zeros([1, 3]))
      .dataSync();
    expect([...gradient]).toEqual([0, 0, 0]); // 1 / epsilon would drown every other row's gradient
  });

  it('gives the same bits at any number of threads', () => {
    expectSameBits(() => l2Normalize(random2d(1500, 33, 4)).dataSync() as Float32Array);
  });

  it('takes no rows and no columns, and refuses what is no float matrix', () => {
    expect(l2Normalize(tf.zeros([0, 4])).shape).toEqual([0, 4]);
    expect(l2Normalize(tf.zeros([4, 0])).shape).toEqual([4, 0]);
    expect(codeOf(() => l2Normalize(tf.tensor1d([1]) as never))).toBe('ERR_SHAPE');
    expect(codeOf(() => l2Normalize(tf.tensor2d([1], [1, 1], 'int32')))).toBe('ERR_SHAPE');
  });
});
