import { describe, expect, test } from 'vitest';
import { type Matrix, matrix } from '../../lib/artifacts/index.js';
import { compatibility } from '../../lib/evaluation/index.js';
import { procrustes, rotated } from '../../lib/hgnn/index.js';
import { codeOf } from '../code-of.js';
import { expectClose } from '../tensor/helpers.js';
import { features } from './worlds.js';

/** |RᵀR − 1| at most, over all entries. */
function orthogonality({ data, cols }: Matrix): number {
  let worst = 0;
  for (let i = 0; i < cols; i++)
    for (let j = 0; j < cols; j++) {
      let dot = 0;
      for (let k = 0; k < cols; k++) dot += data[k * cols + i]! * data[k * cols + j]!;
      worst = Math.max(worst, Math.abs(dot - (i === j ? 1 : 0)));
    }
  return worst;
}
const distance = (a: Matrix, b: Matrix) => Math.hypot(...a.data.map((value, i) => value - b.data[i]!));

describe('procrustes', () => {
  test('finds a quarter turn, and a reflection', () => {
    const points = matrix(3, 2, Float32Array.of(1, 0, 0, 2, 3, 1));
    const turned = matrix(3, 2, Float32Array.of(0, 1, -2, 0, -1, 3));
    expectClose(procrustes(points, turned).data, [0, 1, -1, 0], 1e-6);
    const mirrored = matrix(3, 2, Float32Array.of(1, 0, 0, -2, 3, -1));
    expectClose(procrustes(points, mirrored).data, [1, 0, 0, -1], 1e-6);
  });

  test('undoes any rotation', () => {
    const a = features(50, 9, 1);
    const rotation = procrustes(features(30, 9, 2), features(30, 9, 3)); // some orthogonal matrix
    expect(orthogonality(rotation)).toBeLessThan(1e-6);
    const b = rotated(a, rotation);
    expectClose(rotated(a, procrustes(a, b)).data, b.data, 1e-5);
  });

  test('brings noisy vectors nearer and changes no dot product', () => {
    const a = features(40, 6, 4);
    const b = features(40, 6, 5);
    const moved = rotated(a, procrustes(a, b));
    expect(distance(moved, b)).toBeLessThan(distance(a, b));
    const dot = (m: Matrix) => m.data.subarray(0, 6).reduce((sum, x, c) => sum + x * m.data[6 + c]!, 0);
    expect(dot(moved)).toBeCloseTo(dot(a), 5);
  });

  test('is orthogonal where the vectors leave directions open', async () => {
    const few = features(2, 7, 6);
    const rotation = procrustes(few, features(2, 7, 7));
    expect(orthogonality(rotation)).toBeLessThan(1e-6);
    expect(orthogonality(procrustes(matrix(3, 4), matrix(3, 4)))).toBeLessThan(1e-6);
    expect(await codeOf(() => procrustes(few, features(3, 7)))).toBe('ERR_SHAPE');
  });
});

test('compatibility: the cosine sees a rotation, the neighbours do not', async () => {
  const a = features(60, 8, 8);
  const same = await compatibility(a, a);
  expect(same).toMatchObject({ items: 60, overlap: 1, k: 10 });
  expect(same.cosine).toBeCloseTo(1, 5);
  const turned = await compatibility(a, rotated(a, procrustes(features(30, 8, 1), features(30, 8, 2))));
  expect(turned.overlap).toBeGreaterThan(0.99); // but for ties in the last bit
  expect(turned.cosine).toBeLessThan(0.9);
  const other = await compatibility(a, features(60, 8, 9), { k: 5, ask: 20 });
  expect(other.overlap).toBeLessThan(0.5);
  expect(await codeOf(() => compatibility(a, features(60, 7)))).toBe('ERR_SHAPE');
});
