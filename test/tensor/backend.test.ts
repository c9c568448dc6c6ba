import { describe, expect, it } from 'vitest';
import { CohearBackend, FusedAdam, type PoolUse, setMemoryLimit, tf } from '../../lib/tensor/index.js';
import { BufferPool } from '../../lib/tensor/memory.js';
import { codeOf, random, random2d } from './helpers.js';

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

describe('what tf tells of memory and time', () => {
  const two = () => {
    const [w, x] = [tf.variable(random2d(LARGE, LARGE, 2)), random2d(LARGE, LARGE, 1)];
    return { w, loss: () => tf.mean(tf.square(tf.matMul(x, w))) as tf.Scalar };
  };

  it('a training loop of 1,000 steps leaves no tensor behind and makes no new buffer', () => {
    const { w, loss } = two();
    const adam = new FusedAdam([w]);
    const counts = () => {
      const { numTensors, numDataBuffers, numBytes, pool } = tf.memory() as ReturnType<typeof tf.memory> & {
        pool: PoolUse;
      };
      return {
        numTensors,
        numDataBuffers,
        numBytes,
        buffersMade: pool.buffersMade,
        freeBytes: pool.freeBytes,
      };
    };
    const step = () => {
      const value = adam.minimize(loss);
      expect(value.dataSync()[0]).toBeGreaterThan(0);
      value.dispose();
    };
    const inputs = () => tf.tidy(step);
    for (let i = 0; i < 10; i++) inputs();
    const before = counts();
    for (let i = 0; i < 1000; i++) inputs();
    expect(counts()).toEqual(before);
    w.dispose();
  });

  it('tf.memory counts tensors and their memory, clones once, kept ones until disposed', () => {
    const start = tf.memory();
    expect(start.unreliable).toBe(false);
    const x = random2d(LARGE, LARGE, 1);
    const copy = x.clone();
    expect(tf.memory().numTensors).toBe(start.numTensors + 2);
    expect(tf.memory().numDataBuffers).toBe(start.numDataBuffers + 1);
    const kept = tf.tidy(() => tf.keep(tf.mul(tf.add(x, 1), 2)));
    expect(tf.memory().numDataBuffers).toBe(start.numDataBuffers + 2);
    tf.dispose([x, copy, kept]);
    const { numTensors, numDataBuffers, numBytes } = tf.memory();
    expect([numTensors, numDataBuffers, numBytes]).toEqual([
      start.numTensors,
      start.numDataBuffers,
      start.numBytes,
    ]);
  });

  it('tf.profile lists the kernels and their memory, tf.time takes the time', async () => {
    const x = random2d(LARGE, LARGE, 1);
    const profile = await tf.profile(() => tf.matMul(x, tf.add(x, x)));
    expect(profile.kernels.map(({ name }) => name)).toEqual(['Add', 'BatchMatMul']);
    expect(profile.newBytes).toBe(2 * LARGE * LARGE * 4);
    expect(profile.kernelNames).toContain('BatchMatMul');
    const { wallMs, kernelMs } = await tf.time(() => tf.matMul(x, x));
    expect(wallMs).toBeGreaterThan(0);
    expect(kernelMs).toBeGreaterThan(0);
  });

  it('keeps as much memory as the limit allows', () => {
    const { pool } = tf.backend() as CohearBackend;
    const limit = pool.use.limitBytes;
    try {
      setMemoryLimit(0);
      const x = random2d(LARGE, LARGE, 1);
      tf.matMul(x, x).dispose();
      expect(pool.freeBytes).toBe(0);
      setMemoryLimit(LARGE * LARGE * 8);
      tf.dispose([1, 2, 3, 4, 5].map(() => tf.matMul(x, x)));
      expect(pool.freeBytes).toBeGreaterThan(0);
      expect(pool.freeBytes).toBeLessThanOrEqual(LARGE * LARGE * 8);
      expect(codeOf(() => setMemoryLimit(-1))).toBe('ERR_RANGE');
      expect(codeOf(() => setMemoryLimit(Number.NaN))).toBe('ERR_RANGE');
    } finally {
      setMemoryLimit(limit);
    }
  });

  it('a loss or a slice that is read does not cost the buffer it lies in', () => {
    const { pool } = tf.backend() as CohearBackend;
    const x = random2d(LARGE, LARGE, 1);
    const product = tf.matMul(x, x);
    const free = pool.freeBytes;
    const first = tf.slice2d(product as tf.Tensor2D, [0, 0], [1, 3]);
    const read = first.dataSync().slice();
    tf.dispose([product, first]);
    expect(pool.freeBytes).toBeGreaterThan(free);
    expect([...read]).toEqual([...tf.matMul(x, x).dataSync().slice(0, 3)]);
  });
});

describe('BufferPool', () => {
  it('drops the sizes that have lain longest when the limit is reached', () => {
    const pool = new BufferPool();
    const give = (length: number) => {
      const array = pool.float32(length);
      pool.retain(array.buffer);
      pool.release(array.buffer);
      return array.buffer;
    };
    give(8192);
    const younger = give(16384);
    pool.limitBytes = 16384 * 4;
    expect(pool.freeBytes).toBe(16384 * 4);
    expect(pool.float32(16384).buffer).toBe(younger);
  });

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
