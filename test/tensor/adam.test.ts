import { describe, expect, it } from 'vitest';
import { FusedAdam, tf } from '../../lib/tensor/index.js';
import { codeOf, expectClose, expectSameBits, random } from './helpers.js';

let names = 0;
const variable = (values: ArrayLike<number>) =>
  tf.variable(tf.tensor1d(Float32Array.from(values)), true, `adam-test-${names++}`) as tf.Variable;

/** Adam in double precision, straight from its definition. */
function reference(start: Float32Array, gradients: Float32Array[], lr: number, decay: number, clip: number) {
  const p = Float64Array.from(start);
  const [m, v] = [new Float64Array(p.length), new Float64Array(p.length)];
  gradients.forEach((raw, index) => {
    const t = index + 1;
    const norm = Math.hypot(...raw);
    const scale = clip > 0 && norm > clip ? clip / norm : 1;
    for (let i = 0; i < p.length; i++) {
      const g = raw[i]! * scale;
      m[i] = 0.9 * m[i]! + 0.1 * g;
      v[i] = 0.999 * v[i]! + 0.001 * g * g;
      p[i]! -= lr * decay * p[i]!;
      p[i]! -= (lr * (m[i]! / (1 - 0.9 ** t))) / (Math.sqrt(v[i]! / (1 - 0.999 ** t)) + 1e-8);
    }
  });
  return p;
}

describe('FusedAdam', () => {
  it.each([
    [0, 0],
    [0.1, 0],
    [0, 0.5],
  ])('agrees with its definition: weight decay %d, clip %d', (weightDecay, clipNorm) => {
    const start = random(300, 1);
    const gradients = [2, 3, 4, 5].map((seed) => random(300, seed));
    const v = variable(start);
    const adam = new FusedAdam([v], { learningRate: 0.01, weightDecay, clipNorm });
    for (const g of gradients) {
      const norm = adam.applyGradients({ [v.name]: tf.tensor1d(g) });
      if (clipNorm > 0) expect(norm).toBeCloseTo(Math.hypot(...g), 4);
    }
    expect(adam.step).toBe(4);
    expectClose(v.dataSync(), reference(start, gradients, 0.01, weightDecay, clipNorm));
  });

  it('agrees with tf.train.adam', () => {
    const start = random(20, 1);
    const [ours, theirs] = [variable(start), variable(start)];
    const adam = new FusedAdam([ours]);
    const optimizer = tf.train.adam(1e-3, 0.9, 0.999, 1e-8);
    const loss = (v: tf.Variable) => () => tf.mean(tf.square(tf.sub(v, 0.3))) as tf.Scalar;
    for (let i = 0; i < 10; i++) {
      adam.minimize(loss(ours));
      optimizer.minimize(loss(theirs), false, [theirs]);
    }
    expectClose(ours.dataSync(), theirs.dataSync(), 1e-6);
  });

  it('finds a minimum, and leaves no tensors behind', () => {
    const v = variable([5, -3]);
    const adam = new FusedAdam([v], { learningRate: 0.1 });
    const step = () =>
      tf.tidy(() => adam.minimize(() => tf.sum(tf.square(tf.sub(v, 1))) as tf.Scalar).dataSync()[0]!);
    step();
    const before = tf.memory().numTensors;
    for (let i = 0; i < 400; i++) step();
    expect(tf.memory().numTensors).toBe(before);
    expectClose(v.dataSync(), [1, 1], 1e-2);
  });

  it('continues to the same bits from a saved state', () => {
    const gradient = (step: number) => random(50, step);
    const whole = variable(random(50, 100));
    const one = new FusedAdam([whole]);
    for (let i = 0; i < 3; i++) one.applyGradients({ [whole.name]: tf.tensor1d(gradient(i)) });
    const state = one.state();
    const resumed = variable(whole.dataSync().slice());
    const rename = (r: Readonly<Record<string, Float32Array>>) => ({ [resumed.name]: r[whole.name]! });
    const two = new FusedAdam([resumed]);
    const { first, second } = state.moments;
    two.restore({ step: state.step, moments: { first: rename(first!), second: rename(second!) } });
    for (let i = 3; i < 6; i++) {
      one.applyGradients({ [whole.name]: tf.tensor1d(gradient(i)) });
      two.applyGradients({ [resumed.name]: tf.tensor1d(gradient(i)) });
    }
    expect([...resumed.dataSync()]).toEqual([...whole.dataSync()]);
    expect(first![whole.name]).not.toEqual(one.state().moments.first![whole.name]); // a copy, not a view
  });

  it('leaves clones of a variable, arrays read from it and arrays given to it as they were', () => {
    const given = random(5000, 1);
    const kept = given.slice();
    const v = tf.variable(tf.tensor1d(given), true, `adam-test-${names++}`) as tf.Variable;
    const clone = v.clone();
    const read = v.dataSync();
    const adam = new FusedAdam([v], { learningRate: 1 });
    for (let i = 0; i < 5; i++) adam.applyGradients({ [v.name]: tf.tensor1d(random(5000, i)) });
    expect(given).toEqual(kept);
    expect(read).toEqual(kept);
    expect(clone.dataSync()).toEqual(kept);
    expect(v.dataSync()).not.toEqual(kept);
  });

  it('gives the same bits at any number of threads', () => {
    expectSameBits(() => {
      const v = variable(random(100_000, 1));
      const adam = new FusedAdam([v], { clipNorm: 1 });
      adam.applyGradients({ [v.name]: tf.tensor1d(random(100_000, 2)) });
      return v.dataSync() as Float32Array;
    });
  });

  it('leaves a variable without a gradient alone', () => {
    const [a, b] = [variable([1]), variable([2])];
    new FusedAdam([a, b]).applyGradients({ [a.name]: tf.tensor1d([1]), [b.name]: null });
    expect(b.dataSync()[0]).toBe(2);
    expect(a.dataSync()[0]).not.toBe(1);
  });

  it('refuses options and states that cannot be', () => {
    const v = variable([1, 2]);
    expect(codeOf(() => new FusedAdam([v, v]))).toBe('ERR_VALUE');
    for (const options of [
      { beta1: 1 },
      { beta2: -1 },
      { epsilon: 0 },
      { learningRate: Number.NaN },
      { clipNorm: -1 },
    ])
      expect(codeOf(() => new FusedAdam([v], options))).toBe('ERR_VALUE');
    const adam = new FusedAdam([v]);
    expect(codeOf(() => adam.restore({ step: 1, moments: { first: {}, second: {} } }))).toBe('ERR_SHAPE');
    const short = { [v.name]: new Float32Array(1) };
    expect(codeOf(() => adam.restore({ step: 1, moments: { first: short, second: short } }))).toBe(
      'ERR_SHAPE',
    );
    expect(codeOf(() => adam.applyGradients({ [v.name]: tf.tensor1d([1, 2, 3]) }))).toBe('ERR_SHAPE');
  });
});
