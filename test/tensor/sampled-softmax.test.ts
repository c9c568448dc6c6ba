import { describe, expect, it } from 'vitest';
import { below } from '../../lib/random/index.js';
import { type SampledSoftmaxOptions, sampledSoftmaxLoss, tf } from '../../lib/tensor/index.js';
import { codeOf, expectClose, expectGradient, expectSameBits, onCpu, random, random2d } from './helpers.js';

interface Case {
  readonly batch: number;
  readonly width: number;
  readonly extra: number;
  readonly ids: Uint32Array;
  readonly extraIds: Uint32Array;
  readonly offsets: BigUint64Array;
  readonly taken: Uint32Array;
}

/** Ids from a small range, so that duplicates, accidental hits and taken items all occur. */
function makeCase(batch: number, width: number, extra: number, range: number): Case {
  return {
    batch,
    width,
    extra,
    ids: Uint32Array.from({ length: batch }, (_, i) => below(range, 1, i)),
    extraIds: Uint32Array.from({ length: extra }, (_, i) => below(range, 2, i)),
    offsets: BigUint64Array.from({ length: batch + 1 }, (_, i) => BigInt(2 * i)),
    taken: Uint32Array.from({ length: 2 * batch }, (_, i) => below(range, 3, i)),
  };
}

const shapes = (c: Case): [number, number[]][] => [
  [1, [c.batch, c.width]],
  [2, [c.batch, c.width]],
  [3, [c.batch]],
  [4, [c.extra, c.width]],
  [5, [c.extra]],
];
const tensors = (c: Case) =>
  shapes(c).map(([seed, shape]) =>
    tf.tensor(
      random(
        shape.reduce((a, b) => a * b),
        seed,
      ),
      shape,
    ),
  );

describe('sampledSoftmaxLoss', () => {
  it('agrees with a case by hand', () => {
    const user = tf.tensor2d([1, 0, 0, 1], [2, 2]);
    const loss = sampledSoftmaxLoss(user, user, { itemIds: Uint32Array.of(4, 9), temperature: 0.5 });
    expectClose(loss.dataSync(), [Math.log(1 + Math.exp(-2))]);
    const masked = sampledSoftmaxLoss(user, user, { itemIds: Uint32Array.of(4, 4) });
    expectClose(masked.dataSync(), [0]);
  });

  it.each([
    [5, 4, 3, 6],
    [70, 16, 33, 40],
    [300, 24, 64, 5000],
  ])(
    'agrees with plain tfjs operations on the cpu backend, all five gradients too: batch %i',
    (batch, width, extra, range) => {
      const c = makeCase(batch, width, extra, range);
      const logQ = random(batch + extra, 8);
      const weights = random(batch, 9).map(Math.abs);
      weights[0] = 0;
      const both = (f: (...inputs: tf.Tensor[]) => tf.Tensor) => {
        const { value, grads } = tf.valueAndGrads(f)(tensors(c), tf.scalar(3));
        return [value, ...grads].map((t) => t.dataSync());
      };
      const run = () =>
        both((user, item, itemBias, items, bias) =>
          sampledSoftmaxLoss(user as tf.Tensor2D, item as tf.Tensor2D, {
            itemIds: c.ids,
            logQ: logQ.subarray(0, batch),
            temperature: 0.2,
            itemBias: itemBias as tf.Tensor1D,
            weights,
            positives: { offsets: c.offsets, indices: c.taken },
            negatives: {
              items: items as tf.Tensor2D,
              ids: c.extraIds,
              logQ: logQ.slice(batch),
              bias: bias as tf.Tensor1D,
            },
          }),
        );
      const [got, want] = [run(), onCpu(run)]; // composedSampledSoftmaxLoss
      for (let i = 0; i < want.length; i++) expectClose(got[i]!, want[i]!, 3e-5, 1e-4);
    },
  );

  it('agrees with central differences', () => {
    const ids = Uint32Array.of(1, 2, 3, 2, 5);
    const item = random2d(5, 4, 2);
    expectGradient((u) => sampledSoftmaxLoss(u, item, { itemIds: ids }), random2d(5, 4, 1));
    expectGradient((i) => sampledSoftmaxLoss(random2d(5, 4, 1), i, { itemIds: ids, temperature: 0.7 }), item);
  });

  it('stays right when a masked candidate outweighs all others by far', () => {
    const user = tf.tensor2d([1, 1, 1], [3, 1]);
    const item = tf.tensor2d([-100, 100, -101], [3, 1]);
    const weights = Float32Array.of(1, 0, 0);
    const loss = sampledSoftmaxLoss(user, item, { itemIds: Uint32Array.of(7, 7, 8), weights });
    expectClose(loss.dataSync(), [Math.log(1 + Math.exp(-1))]);
  });

  it('gives the same bits at any number of threads', () => {
    const c = makeCase(700, 32, 100, 300);
    const f = (...[user, item, itemBias, items, bias]: tf.Tensor[]) =>
      sampledSoftmaxLoss(user as tf.Tensor2D, item as tf.Tensor2D, {
        itemIds: c.ids,
        itemBias: itemBias as tf.Tensor1D,
        negatives: { items: items as tf.Tensor2D, ids: c.extraIds, bias: bias as tf.Tensor1D },
      });
    expectSameBits(() => {
      const { value, grads } = tf.valueAndGrads(f)(tensors(c));
      return [value, ...grads].map((t) => t.dataSync() as Float32Array);
    });
  });

  it('gives the loss of the same bits without a gradient', () => {
    const [user, item] = [random2d(50, 8, 1), random2d(50, 8, 2)];
    const itemIds = Uint32Array.from({ length: 50 }, (_, i) => i);
    const f = (u: tf.Tensor) => sampledSoftmaxLoss(u as tf.Tensor2D, item, { itemIds });
    expect(f(user).dataSync()[0]).toBe(tf.valueAndGrad(f)(user).value.dataSync()[0]);
  });

  it('lets NaN show', () => {
    const user = tf.tensor2d([Number.NaN, 1], [2, 1]);
    expect(
      sampledSoftmaxLoss(user, tf.ones([2, 1]), { itemIds: Uint32Array.of(0, 1) }).dataSync()[0],
    ).toBeNaN();
  });

  it('refuses what cannot be', () => {
    const two = tf.ones([2, 3]) as tf.Tensor2D;
    const itemIds = Uint32Array.of(0, 1);
    const refuse = (options: object, user = two, item = two) =>
      codeOf(() => sampledSoftmaxLoss(user, item, { itemIds, ...options } as SampledSoftmaxOptions));
    expect(refuse({}, two, tf.ones([3, 3]))).toBe('ERR_SHAPE');
    expect(refuse({ itemIds: Uint32Array.of(0) })).toBe('ERR_SHAPE');
    expect(refuse({ itemIds: Int32Array.of(0, 1) })).toBe('ERR_DTYPE');
    expect(refuse({ logQ: new Float32Array(3) })).toBe('ERR_SHAPE');
    expect(refuse({ logQ: Float32Array.of(0, Number.NaN) })).toBe('ERR_VALUE');
    expect(refuse({ temperature: 0 })).toBe('ERR_VALUE');
    expect(refuse({ temperature: Number.NaN })).toBe('ERR_VALUE');
    expect(refuse({ weights: Float32Array.of(1, -1) })).toBe('ERR_VALUE');
    expect(refuse({ weights: Float32Array.of(0, 0) })).toBe('ERR_VALUE');
    expect(refuse({ positives: { offsets: BigUint64Array.of(0n, 1n), indices: Uint32Array.of(1) } })).toBe(
      'ERR_SHAPE',
    );
    expect(
      refuse({ positives: { offsets: BigUint64Array.of(0n, 2n, 1n), indices: Uint32Array.of(1) } }),
    ).toBe('ERR_VALUE');
    expect(refuse({ negatives: { items: tf.ones([1, 2]), ids: Uint32Array.of(1) } })).toBe('ERR_SHAPE');
    expect(
      refuse({ itemBias: tf.ones([2]), negatives: { items: tf.ones([1, 3]), ids: Uint32Array.of(1) } }),
    ).toBe('ERR_VALUE');
    expect(refuse({ itemIds: new Uint32Array() }, tf.zeros([0, 3]), tf.zeros([0, 3]))).toBe('ERR_SHAPE');
  });
});
