import { describe, expect, it } from 'vitest';
import { dense, gemmInfo, matMulPrecision, setMatMulPrecision, tf } from '../../lib/tensor/index.js';
import { codeOf, expectClose, expectGradient, expectSameBits, onCpu, random, random2d } from './helpers.js';

describe('matMul', () => {
  it('names the library it uses', () => {
    expect(['onednn', 'cblas', 'cohear']).toContain(gemmInfo().name);
    expect(gemmInfo().why).not.toBe('');
  });

  it('agrees with the cpu backend for every transposition and odd sizes', () => {
    for (const [m, k, n] of [
      [1, 1, 1],
      [3, 5, 7],
      [65, 33, 17],
      [130, 70, 129],
      [1, 300, 2],
      [200, 1, 90],
    ] as const) {
      for (const transposeA of [false, true]) {
        for (const transposeB of [false, true]) {
          const [a, b] = [random(m * k, 1), random(k * n, 2)];
          const run = () =>
            tf
              .matMul(
                tf.tensor2d(a, transposeA ? [k, m] : [m, k]),
                tf.tensor2d(b, transposeB ? [n, k] : [k, n]),
                transposeA,
                transposeB,
              )
              .dataSync();
          expectClose(run(), onCpu(run), 1e-4);
        }
      }
    }
  });

  it('agrees for batches, one matrix for all of them included', () => {
    const shapes = [
      [
        [4, 3, 5],
        [4, 5, 2],
      ],
      [
        [1, 3, 5],
        [4, 5, 2],
      ],
      [
        [2, 3, 4, 5],
        [2, 3, 5, 6],
      ],
      [
        [2, 1, 4, 5],
        [1, 3, 5, 6],
      ],
    ] as const;
    for (const [one, two] of shapes) {
      const count = (shape: readonly number[]) => shape.reduce((x, y) => x * y);
      const [a, b] = [random(count(one), 3), random(count(two), 4)];
      const run = () => {
        const product = tf.matMul(tf.tensor(a, [...one]), tf.tensor(b, [...two]));
        return { shape: product.shape, values: product.dataSync() };
      };
      const [got, want] = [run(), onCpu(run)];
      expect(got.shape).toEqual(want.shape);
      expectClose(got.values, want.values);
    }
  });

  it('adds long products in fixed pieces: the same bits at any number of threads', () => {
    for (const [m, k, n] of [
      [300, 200, 700],
      [20, 20_000, 24],
      [1, 5000, 900],
      [513, 64, 31],
    ] as const)
      expectSameBits(() => tf.matMul(random2d(k, m, 1), random2d(k, n, 2), true).dataSync() as Float32Array);
  });

  it('leaves integers and sizes that do not fit to the inherited kernel', () => {
    const product = tf.matMul(tf.tensor2d([1, 2], [1, 2], 'int32'), tf.tensor2d([3, 4], [2, 1], 'int32'));
    expect(product.dtype).toBe('int32');
    expect([...product.dataSync()]).toEqual([11]);
    expect(() => tf.matMul(tf.ones([2, 3]), tf.ones([2, 3]))).toThrow(/inner shapes/);
  });

  it('takes matrices without rows, columns or inner length', () => {
    expect(tf.matMul(tf.zeros([0, 3]), tf.ones([3, 2])).shape).toEqual([0, 2]);
    expect([...tf.matMul(tf.zeros([2, 0]), tf.zeros([0, 2])).dataSync()]).toEqual([0, 0, 0, 0]);
  });
});

describe('fused.matMul', () => {
  it('agrees with the cpu backend for every activation', () => {
    const [a, b, c] = [random(9 * 20, 1), random(20 * 33, 2), random(33, 3)];
    for (const activation of ['linear', 'relu', 'relu6', 'sigmoid', 'elu', 'leakyrelu'] as const) {
      const run = () =>
        tf.fused
          .matMul({
            a: tf.tensor2d(a, [9, 20]),
            b: tf.tensor2d(b, [20, 33]),
            bias: tf.tensor1d(c),
            activation,
            leakyreluAlpha: 0.3,
          })
          .dataSync();
      expectClose(run(), onCpu(run), 1e-4);
    }
  });
});

describe('dense', () => {
  it('agrees with plain tfjs operations on the cpu backend, its gradients too', () => {
    const [x, w, b, dy] = [random(40 * 30, 1), random(30 * 50, 2), random(50, 3), random(40 * 50, 4)];
    for (const activation of ['linear', 'relu'] as const) {
      const both = () => {
        const f = (...inputs: tf.Tensor[]) =>
          dense(inputs[0] as tf.Tensor2D, inputs[1] as tf.Tensor2D, inputs[2] as tf.Tensor1D, activation);
        const inputs = [tf.tensor2d(x, [40, 30]), tf.tensor2d(w, [30, 50]), tf.tensor1d(b)];
        const { value, grads } = tf.valueAndGrads(f)(inputs, tf.tensor2d(dy, [40, 50]));
        return [value, ...grads].map((t) => t.dataSync());
      };
      const [got, want] = [both(), onCpu(both)];
      for (let i = 0; i < want.length; i++) expectClose(got[i]!, want[i]!, 1e-4);
    }
  });

  it('agrees with central differences, with a bias and without', () => {
    const [w, b] = [random2d(6, 5, 2), tf.tensor1d(random(5, 3))];
    expectGradient((x) => dense(x, w, b, 'linear'), random2d(4, 6, 1));
    expectGradient((x) => dense(x, w), random2d(4, 6, 1));
    expectGradient((kernel) => dense(random2d(4, 6, 1), kernel, b), w);
  });

  it('gives the same bits at any number of threads', () => {
    const f = (...[x, w, b]: tf.Tensor[]) =>
      dense(x as tf.Tensor2D, w as tf.Tensor2D, b as tf.Tensor1D, 'relu');
    expectSameBits(() => {
      const { value, grads } = tf.valueAndGrads(f)([
        random2d(600, 40, 1),
        random2d(40, 70, 2),
        tf.tensor1d(random(70, 3)),
      ]);
      return [value, ...grads].map((t) => t.dataSync() as Float32Array);
    });
  });

  it('refuses shapes that do not fit', () => {
    expect(codeOf(() => dense(tf.ones([2, 3]), tf.ones([2, 3])))).toBe('ERR_SHAPE');
    expect(codeOf(() => dense(tf.ones([2, 3]), tf.ones([3, 4]), tf.ones([3])))).toBe('ERR_SHAPE');
  });
});

describe.runIf(gemmInfo().bf16)('matMul in bf16', () => {
  // To the nearest bfloat16, ties to even.
  const rounded = (values: Float32Array) => {
    const bits = new Uint32Array(values.slice().buffer);
    for (let i = 0; i < bits.length; i++)
      bits[i] = (bits[i]! + 0x7fff + ((bits[i]! >>> 16) & 1)) & 0xffff0000;
    return new Float32Array(bits.buffer);
  };
  const inBf16 = <T>(f: () => T): T => {
    setMatMulPrecision('bf16');
    try {
      return f();
    } finally {
      setMatMulPrecision('float32');
    }
  };

  it('is the product of rounded operands, added in float32; gradients too', () => {
    const [a, b, dy] = [random(70 * 90, 1), random(90 * 33, 2), random(70 * 33, 3)];
    const run = (of: (x: Float32Array) => Float32Array) => {
      const f = (x: tf.Tensor, w: tf.Tensor) => dense(x as tf.Tensor2D, w as tf.Tensor2D);
      const inputs = [tf.tensor2d(of(a), [70, 90]), tf.tensor2d(of(b), [90, 33])];
      const { value, grads } = tf.valueAndGrads(f)(inputs, tf.tensor2d(of(dy), [70, 33]));
      return [value, ...grads].map((t) => t.dataSync() as Float32Array);
    };
    const [got, want] = [inBf16(() => run((x) => x)), run(rounded)];
    for (let i = 0; i < want.length; i++) expectClose(got[i]!, want[i]!, 1e-5);
    expect(matMulPrecision()).toBe('float32');
  });

  it('gives the same bits at any number of threads', () => {
    const [a, b] = [random2d(500, 300, 1), random2d(300, 200, 2)];
    expectSameBits(() => inBf16(() => tf.matMul(a, b).dataSync() as Float32Array));
  });
});
