import { expect, test } from 'vitest';
import { arranged, tableFeatures } from '../../lib/two-tower/index.js';

test('categories become columns, the most frequent first, numbers are standardised; nulls are zeros', () => {
  const genre = ['b', 'a', 'b', null];
  const { names, rows, cols, data } = tableFeatures(4, { genre }, { age: Float32Array.of(1, 3, 5, NaN) });
  expect(names).toEqual(['genre=b', 'genre=a', 'age', 'age known']);
  expect([rows, cols]).toEqual([4, 4]);
  const z = 2 / Math.sqrt(8 / 3);
  const wanted = [1, 0, -z, 1, 0, 1, 0, 1, 1, 0, z, 1, 0, 0, 0, 0];
  wanted.forEach((value, i) => {
    expect(data[i]).toBeCloseTo(value, 6);
  });
});

test('rare values share a column', () => {
  const genre = Array.from({ length: 60 }, (_, i) => `g${i < 55 ? i : 0}`);
  const { names } = tableFeatures(60, { genre });
  expect(names).toHaveLength(51);
  expect(names[0]).toBe('genre=g0');
  expect(names.at(-1)).toBe('genre=(other)');
});

test('features in the columns of an earlier model: unknown values join the others, or go', () => {
  const features = tableFeatures(3, { genre: ['x', 'y', 'z'], tone: ['high', 'low', 'high'] });
  const earlier = ['genre=z', 'genre=(other)', 'genre=x', 'tone=low', 'age', 'age known'];
  const { names, cols, data } = arranged(features, earlier);
  expect([names, cols]).toEqual([earlier, 6]);
  expect(Array.from(data)).toEqual([0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0]);
  expect(Array.from(arranged(features, features.names).data)).toEqual(Array.from(features.data));
});
