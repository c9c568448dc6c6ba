import { describe, expect, it } from 'vitest';
import { CohearBackend, tf } from '../../lib/tensor/index.js';
import { BufferPool } from '../../lib/tensor/memory.js';
import { random, random2d } from './helpers.js';

const LARGE = 100; // LARGE x LARGE floats are above the size from which memory is reused

/** Makes and disposes results of the same size as x, so that memory that wrongly came back would be overwritten. */
function churn(x: tf.Tensor2D): void {
  for (let i = 0; i < 10; i++) tf.tidy(() => tf.matMul(tf.matMul(x, x), x));
}

describe('the backend cohear', () => {
  it('is set by importing, ahead of the cpu backend, and knows every kernel of it', () => {
    expect(tf.getBackend()).toBe('cohear');
    expect(tf.backend()).toBeInstanceOf(CohearBackend);
    const ours = new Set(tf.getKernelsForBackend('cohear').map(({ kernelName }) => kernelName));
    for (const { kernelName } of tf.getKernelsForBackend('cpu')) expect(ours).toContain(kernelName);
  });

  it('reuses the memory of disposed results', () => {
    const { pool } = tf.backend() as CohearBackend;
    const x = random2d(LARGE, LARGE, 1);
    tf.matMul(x, x).dispose();
    const free = pool.freeBytes;
    expect(free).toBeGreaterThanOrEqual(LARGE * LARGE * 4);
    const product = tf.matMul(x, x);
    expect(pool.freeBytes).toBeLessThan(free);
    product.dispose();
    expect(pool.freeBytes).toBe(free);
  });

  it('never overwrites an array that was read', async () => {
    const x = random2d(LARGE, LARGE, 1);
    const product = tf.matMul(x, x);
    const read = product.dataSync();
    const other = tf.matMul(x, x, true);
    const later = await other.data();
    const [kept, keptLater] = [read.slice(), later.slice()];
    tf.dispose([product, other]);
    churn(x);
    expect(read).toEqual(kept);
    expect(later).toEqual(keptLater);
  });

  it('never overwrites an array that was handed in', () => {
    const given = random(LARGE * LARGE, 2);
    const kept = given.slice();
    const x = tf.tensor2d(given, [LARGE, LARGE]);
    tf.matMul(x, x).dispose();
    x.dispose();
    churn(random2d(LARGE, LARGE, 3));
    expect(given).toEqual(kept);
  });

  it('never hands out an array that was read, even as input of a new tensor', () => {
    const x = random2d(LARGE, LARGE, 1);
    const product = tf.matMul(x, x);
    const read = product.dataSync();
    product.dispose();
    const again = tf.tensor2d(read as Float32Array, [LARGE, LARGE]);
    const kept = read.slice();
    churn(x);
    expect(again.dataSync()).toEqual(kept);
    again.dispose();
    churn(x);
    expect(read).toEqual(kept);
  });

  it('keeps memory that another tensor shares: clones, reshapes, slices', () => {
    const x = random2d(LARGE, LARGE, 1);
    for (const share of [
      (t: tf.Tensor2D) => t.clone(),
      (t: tf.Tensor2D) => tf.reshape(t, [LARGE * LARGE]),
      (t: tf.Tensor2D) => tf.slice(t, [10, 0], [50, LARGE]),
      (t: tf.Tensor2D) => tf.split(t, 2)[1]!,
      (t: tf.Tensor2D) => tf.unstack(t)[7]!,
      (t: tf.Tensor2D) => tf.cast(t, 'float32'),
      (t: tf.Tensor2D) => tf.real(tf.complex(t, t)),
      (t: tf.Tensor2D) => tf.transpose(t),
      (t: tf.Tensor2D) => tf.variable(t),
    ]) {
      const [one, two] = [tf.matMul(x, x), tf.matMul(x, x)];
      const want = tf.tidy(() =>
        share(two as tf.Tensor2D)
          .dataSync()
          .slice(),
      );
      const shared = share(one as tf.Tensor2D);
      one.dispose();
      churn(x);
      expect(shared.dataSync()).toEqual(want);
    }
  });
});

describe('BufferPool', () => {
  it('gives a buffer back only after its last use', () => {
    const pool = new BufferPool();
    const a = pool.float32(10_000);
    pool.retain(a.buffer);
    pool.retain(a.buffer);
    pool.release(a.buffer);
    expect(pool.float32(10_000).buffer).not.toBe(a.buffer);
    pool.release(a.buffer);
    expect(pool.float32(10_000).buffer).toBe(a.buffer);
  });

  it('gives buffers of nearly one size to each other, and arrays exactly as long as asked', () => {
    const pool = new BufferPool();
    const a = pool.float32(100_000);
    pool.retain(a.buffer);
    pool.release(a.buffer);
    const b = pool.int32(99_990);
    expect(b.buffer).toBe(a.buffer);
    expect(b.length).toBe(99_990);
  });

  it('leaves small, foreign and escaped buffers to the collector', () => {
    const pool = new BufferPool();
    const foreign = new Float32Array(10_000);
    const [small, escaped] = [pool.float32(10), pool.float32(10_000)];
    pool.escape(escaped.buffer);
    for (const array of [foreign, small, escaped]) {
      pool.retain(array.buffer);
      pool.release(array.buffer);
    }
    expect(pool.freeBytes).toBe(0);
  });
});
