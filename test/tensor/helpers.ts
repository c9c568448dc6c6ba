import { expect } from 'vitest';
import { setThreads, threads } from '../../lib/native/index.js';
import { uniform } from '../../lib/random/index.js';
import { tf } from '../../lib/tensor/index.js';

/** Numbers in [-1, 1), a function of the seed. */
export function random(length: number, seed: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => 2 * uniform(seed, i) - 1);
}

export const random2d = (rows: number, columns: number, seed: number): tf.Tensor2D =>
  tf.tensor2d(random(rows * columns, seed), [rows, columns]);

/** Runs with tfjs's own CPU backend: f must make its tensors itself. */
export function onCpu<T>(f: () => T): T {
  tf.setBackend('cpu');
  (tf.backend() as unknown as { firstUse: boolean }).firstUse = false; // its advice to install another backend
  try {
    return f();
  } finally {
    tf.setBackend('cohear');
  }
}

/** |got - want| <= atol + rtol |want|, elementwise; names the first that is not. */
export function expectClose(got: ArrayLike<number>, want: ArrayLike<number>, atol = 1e-5, rtol = 1e-5): void {
  expect(got.length).toBe(want.length);
  for (let i = 0; i < got.length; i++) {
    const [g, w] = [got[i]!, want[i]!];
    if (Object.is(g, w) || g === w) continue;
    if (!Number.isFinite(w) || !(Math.abs(g - w) <= atol + rtol * Math.abs(w)))
      expect.fail(`[${i}]: got ${g}, want ${w}`);
  }
}

/** The same bits at 1, 2 and 7 threads. */
export function expectSameBits(run: () => Float32Array | Float32Array[]): void {
  const before = threads();
  const bits = (arrays: Float32Array | Float32Array[]) =>
    [arrays].flat().map((a) => Buffer.from(a.buffer, a.byteOffset, a.byteLength).toString('base64'));
  try {
    const results = [1, 2, 7].map((count) => {
      setThreads(count);
      return bits(run());
    });
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  } finally {
    setThreads(before);
  }
}

/**
 * Compares the gradient of sum(f(x) * r), r random, with central differences at `samples` elements of x.
 * f must be smooth between x - step and x + step.
 */
export function expectGradient(
  f: (x: tf.Tensor2D) => tf.Tensor,
  x: tf.Tensor2D,
  { step = 1e-2, atol = 2e-3, samples = 20 } = {},
): void {
  const out = f(x);
  const r = tf.tensor(random(out.size, 99), out.shape);
  const weigh = (y: tf.Tensor) => tf.sum(tf.mul(y, r)) as tf.Scalar;
  const gradient = tf
    .grad((input: tf.Tensor) => weigh(f(input as tf.Tensor2D)))(x)
    .dataSync();
  const values = x.dataSync().slice();
  const at = (i: number, delta: number) => {
    const moved = values.slice();
    moved[i] = moved[i]! + delta;
    return weigh(f(tf.tensor2d(moved, x.shape))).dataSync()[0]!;
  };
  for (let s = 0; s < samples; s++) {
    const i = Math.floor(uniform(5, s) * values.length);
    const numeric = (at(i, step) - at(i, -step)) / (2 * step);
    if (!(Math.abs(numeric - gradient[i]!) <= atol + 0.02 * Math.abs(numeric)))
      expect.fail(`d/dx[${i}]: gradient ${gradient[i]}, central difference ${numeric}`);
  }
}

/** The code of the CohearError that f throws. */
export function codeOf(f: () => unknown): string {
  try {
    f();
  } catch (error) {
    return (error as { code?: string }).code ?? `no code: ${(error as Error).message}`;
  }
  return 'nothing thrown';
}
