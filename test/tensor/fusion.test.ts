import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { Fusion } from '../../lib/tensor/fusion.js';
import { type CohearBackend, tf } from '../../lib/tensor/index.js';
import { expectSameBits, random, random2d } from './helpers.js';

const [ROWS, COLUMNS] = [70, 90];
const SMALLEST = Fusion.smallest;

/** Every result computed at once. */
function atOnce<T>(f: () => T): T {
  Fusion.smallest = Number.POSITIVE_INFINITY;
  try {
    return f();
  } finally {
    Fusion.smallest = SMALLEST;
  }
}

const bytesPending = () => (tf.backend() as CohearBackend).memory().pendingBytes;
const bits = (values: ArrayLike<number>) => Buffer.from(Float32Array.from(values).buffer).toString('base64');

afterEach(() => {
  Fusion.smallest = SMALLEST;
});

const LEAVES = [[ROWS, COLUMNS], [ROWS, COLUMNS], [COLUMNS], [1, COLUMNS], [ROWS, 1], [], [1, 1]];
/** Each makes a new tensor. */
const OPS: ((a: tf.Tensor, b: tf.Tensor) => tf.Tensor)[] = [
  tf.add,
  tf.sub,
  tf.mul,
  tf.div,
  tf.maximum,
  tf.squaredDifference,
  (a) => tf.exp(tf.neg(tf.abs(a))),
  (a) => tf.relu(a),
  (a) => tf.sqrt(tf.square(a)),
  (a, b) => tf.add(tf.clone(a), tf.reshape(b, b.shape)),
  (a) => (a.rank > 0 ? tf.sum(a, -1, true) : tf.clone(a)),
  (a) => (a.rank > 0 ? tf.mean(a, 0, true) : tf.clone(a)),
  (a) => (a.rank > 0 ? tf.max(a, -1, true) : tf.clone(a)),
  (a) => tf.transpose(tf.transpose(a)),
];

describe('elementwise results that are computed late', () => {
  it('have the bits of those computed at once, whatever is made of them', () => {
    const pick = fc.nat({ max: 1000 });
    const steps = fc.array(fc.record({ op: pick, a: pick, b: pick, drop: pick }), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(steps, (list) => {
        const run = () =>
          tf.tidy(() => {
            const made: tf.Tensor[] = LEAVES.map((shape, i) =>
              tf.tensor(random(tf.util.sizeFromShape(shape), i), shape),
            );
            const all = [...made];
            for (const { op, a, b, drop } of list) {
              const result = OPS[op % OPS.length]!(made[a % made.length]!, made[b % made.length]!);
              made.push(result);
              all.push(result);
              if (drop % 3 === 0) made.splice(drop % made.length, 1)[0]!.dispose();
              if (made.length === 0) break;
            }
            return made.map((tensor) => bits(tensor.dataSync()));
          });
        expect(run()).toEqual(atOnce(run));
        expect(bytesPending()).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('are not computed when they are dropped, or their operands with them', () => {
    const x = random2d(ROWS, COLUMNS, 1);
    const y = tf.tidy(() => tf.exp(tf.mul(x, 2)));
    expect(bytesPending()).toBe(2 * ROWS * COLUMNS * 4);
    y.dispose();
    expect(bytesPending()).toBe(0);
    x.dispose();
  });

  it('include reductions of rows and what is made of them', () => {
    const [x, labels] = [random2d(ROWS, COLUMNS, 1), random2d(ROWS, COLUMNS, 2)];
    const greatest = tf.max(x, -1);
    expect(bytesPending()).toBe(ROWS * COLUMNS * 4);
    const halves = tf.mul(greatest, 0.5);
    expect(bytesPending()).toBe(2 * ROWS * COLUMNS * 4);
    tf.dispose([greatest, halves]);
    expect(bytesPending()).toBe(0);

    const all = () =>
      tf.tidy(() => {
        const gradients = tf.grads((a: tf.Tensor, b: tf.Tensor) => tf.losses.softmaxCrossEntropy(b, a));
        const mean = tf.mean(x, 1, true);
        const results = [
          tf.losses.softmaxCrossEntropy(labels, x),
          ...gradients([x, labels]),
          tf.logSumExp(x, 1),
          tf.logSoftmax(x),
          tf.sub(x, mean),
          tf.div(tf.max(tf.abs(x), 1), tf.add(tf.squeeze(mean, [1]), tf.range(1, ROWS + 1))),
          tf.add(tf.sum(x, 1), tf.sum(tf.slice(labels, [0, 0], [ROWS, COLUMNS - 10]), 1)),
        ];
        return results.map((tensor) => bits(tensor.dataSync()));
      });
    const late = all();
    expect(late).toEqual(atOnce(all));
    expect(bytesPending()).toBe(0);
    expectSameBits(() =>
      all().map((text) => new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer)),
    );
    tf.dispose([x, labels]);
  });

  it('are not written on the way where making them again costs no more than reading them', () => {
    const x = random2d(ROWS, COLUMNS, 1);
    const [cheap, dear] = [tf.mul(x, 2), tf.exp(x)];
    const [a, b] = [tf.relu(cheap), tf.relu(dear)];
    const twice = [tf.clone(cheap), tf.clone(dear)];
    tf.dispose([a.dataSync() && a, b.dataSync() && b]);
    expect(bytesPending()).toBe(ROWS * COLUMNS * 4); // `cheap` alone
    expect(cheap.dataSync()).toEqual(Float32Array.from(x.dataSync(), (value) => value * 2));
    expect(bytesPending()).toBe(0);
    tf.dispose([x, cheap, dear, ...twice]);
  });

  it('are written over an operand that nobody else holds', () => {
    const backend = tf.backend() as CohearBackend;
    const { limitBytes } = backend.pool.use;
    backend.pool.limitBytes = 0; // whatever is not written over an operand needs a new buffer
    const made = (keep: boolean) => {
      const x = tf.matMul(random2d(ROWS, ROWS, 1), random2d(ROWS, COLUMNS, 2));
      const want = x
        .dataSync()
        .slice()
        .map((value) => Math.max(0, value) + 1);
      const y = tf.matMul(random2d(ROWS, ROWS, 1), random2d(ROWS, COLUMNS, 2));
      const z = tf.tidy(() => tf.add(tf.relu(y), 1));
      if (!keep) y.dispose();
      const before = backend.pool.use.buffersMade;
      backend.floats(z);
      const count = backend.pool.use.buffersMade - before;
      expect(z.dataSync()).toEqual(want);
      if (keep) expect(y.dataSync()).toEqual(x.dataSync());
      tf.dispose([x, y, z]);
      return count;
    };
    expect(made(true)).toBe(1);
    expect(made(false)).toBe(0);
    backend.pool.limitBytes = limitBytes;
  });

  it('outlive the tensors that they are made of', () => {
    const x = random2d(ROWS, COLUMNS, 1);
    const want = Float32Array.from(x.dataSync(), (value) => Math.fround(value + 1));
    const y = tf.tidy(() => tf.add(tf.clone(tf.tensor2d(x.dataSync().slice() as Float32Array, x.shape)), 1));
    for (let i = 0; i < 5; i++) tf.tidy(() => tf.matMul(x, x, true)); // would overwrite what came back too early
    expect(y.dataSync()).toEqual(want);
    tf.dispose([x, y]);
  });

  it('do not see later changes of arrays that were handed in or read', () => {
    const given = random(ROWS * COLUMNS, 3);
    const small = random(COLUMNS, 4);
    const before = given.map((value, i) => Math.fround(value + small[i % COLUMNS]!));
    const y = tf.add(tf.tensor2d(given, [ROWS, COLUMNS]), tf.tensor1d(small));
    given.fill(7);
    small.fill(7);
    expect(y.dataSync()).toEqual(before);

    const x = tf.matMul(random2d(ROWS, COLUMNS, 1), random2d(COLUMNS, COLUMNS, 2));
    const z = tf.mul(x, 2);
    const read = x.dataSync();
    const doubled = read.map((value) => value * 2);
    read.fill(0);
    expect(z.dataSync()).toEqual(doubled);
    tf.dispose([x, y, z]);
  });

  it('train the same, gradients and Adam included, at any number of threads', () => {
    const train = () =>
      tf.tidy(() => {
        const w = tf.variable(random2d(COLUMNS, COLUMNS, 5));
        const b = tf.variable(tf.tensor1d(random(COLUMNS, 6)));
        const [x, labels] = [random2d(ROWS, COLUMNS, 7), tf.oneHot(tf.range(0, ROWS, 1, 'int32'), COLUMNS)];
        const adam = tf.train.adam(1e-2);
        const losses = Array.from({ length: 4 }, () => {
          const loss = adam.minimize(
            () => tf.losses.softmaxCrossEntropy(labels, tf.tanh(tf.add(tf.matMul(x, w), b))) as tf.Scalar,
            true,
            [w, b],
          );
          return loss!.dataSync()[0]!;
        });
        const result = [Float32Array.from(losses), w.dataSync().slice(), b.dataSync().slice()];
        tf.dispose([w, b]);
        adam.dispose();
        return result as Float32Array[];
      });
    expect(train().map(bits)).toEqual(atOnce(train).map(bits));
    expectSameBits(train);
  });

  it('count in tf.time', async () => {
    const x = random2d(ROWS, COLUMNS, 1);
    let y: tf.Tensor;
    await tf.time(() => {
      y = tf.exp(x);
    });
    expect(bytesPending()).toBe(0);
    tf.dispose([x, y!]);
  });

  it('do not pile up when nobody disposes them', () => {
    const x = tf.matMul(random2d(2000, 10, 1), random2d(10, 2000, 2));
    const kept = Array.from({ length: 100 }, () => tf.add(x, 1)); // 1.6 GB if all were held as pending
    expect(bytesPending()).toBeLessThanOrEqual(1 << 30);
    tf.dispose([x, ...kept]);
    expect(bytesPending()).toBe(0);
  });
});
