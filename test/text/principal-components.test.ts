import { describe, expect, it } from 'vitest';
import { matrix } from '../../lib/artifacts/index.js';
import { principalComponents } from '../../lib/text/principal-components.js';

const noise = (i: number) => Math.sin(i * 12.9898) * Math.cos(i * 78.233);

describe('principalComponents', () => {
  it('finds the direction of a line, and its sign', () => {
    const points = matrix(3, 2, Float32Array.of(1, 1, 2, 3, 3, 5)); // along (1, 2), mean (2, 3)
    const out = principalComponents(points, 1, () => true);
    [-1, 0, 1].forEach((step, r) => {
      expect(out.data[r]).toBeCloseTo(step * Math.sqrt(5), 6);
    });
  });

  it('leaves rows that do not count out of the mean, as zeros', () => {
    const points = matrix(4, 2, Float32Array.of(1, 1, 900, -900, 2, 3, 3, 5));
    const out = principalComponents(points, 1, (r) => r !== 1);
    expect([...out.data].map((v) => Number(v.toFixed(5)) + 0)).toEqual([-2.23607, 0, 0, 2.23607]);
  });

  it('keeps distances with all components, in axes of falling and uncorrelated spread', () => {
    const [n, d] = [60, 7];
    const points = matrix(
      n,
      d,
      Float32Array.from({ length: n * d }, (_, i) => noise(i + 1) * (1 + (i % d))),
    );
    const out = principalComponents(points, d, () => true);
    const distance = (m: typeof out, a: number, b: number) =>
      Math.hypot(...Array.from({ length: d }, (_, c) => m.data[a * d + c]! - m.data[b * d + c]!));
    for (let a = 0; a < n; a++) expect(distance(out, a, 0)).toBeCloseTo(distance(points, a, 0), 4);
    const moment = (x: number, y: number) => {
      let sum = 0;
      for (let r = 0; r < n; r++) sum += out.data[r * d + x]! * out.data[r * d + y]!;
      return sum / n;
    };
    for (let x = 0; x < d; x++)
      for (let y = 0; y < d; y++) {
        if (x !== y) expect(moment(x, y)).toBeCloseTo(0, 4);
        else if (x > 0) expect(moment(x, x)).toBeLessThanOrEqual(moment(x - 1, x - 1));
      }
  });

  it.each([0, 3, 1.5])('refuses %d components of two columns', (components) => {
    expect(() => principalComponents(matrix(5, 2), components, () => true)).toThrow(
      expect.objectContaining({ code: 'ERR_RANGE' }),
    );
  });
});
