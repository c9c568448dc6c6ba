import { type Matrix, matrix } from '../artifacts/index.js';
import { require } from '../errors/index.js';

/** Eigenvalues, largest first, and their unit eigenvectors as rows. */
interface Spectrum {
  readonly values: Float64Array;
  readonly vectors: readonly Float64Array[];
}

/**
 * Eigenvectors of a symmetric matrix (rows of it, destroyed) by cyclic Jacobi rotations (Golub and Van Loan, 8.5).
 * Only +, -, *, / and square roots, in a fixed order: the same bits on every machine.
 */
function symmetricEigen(a: readonly Float64Array[]): Spectrum {
  const n = a.length;
  const v = a.map((_, i) => Float64Array.from({ length: n }, (__, j) => (i === j ? 1 : 0)));
  const total = a.reduce((sum, row) => sum + row.reduce((s, x) => s + x * x, 0), 0);
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) off += 2 * a[i]![j]! ** 2;
    if (off <= 1e-26 * total) break;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const [ap, aq] = [a[p]!, a[q]!];
        const apq = ap[q]!;
        if (apq === 0) continue;
        const theta = (aq[q]! - ap[p]!) / (2 * apq);
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        rotate(ap, aq, c, s);
        for (const row of a) {
          const [x, y] = [row[p]!, row[q]!];
          row[p] = c * x - s * y;
          row[q] = s * x + c * y;
        }
        rotate(v[p]!, v[q]!, c, s);
      }
    }
  }
  const order = a.map((_, i) => i).sort((i, j) => a[j]![j]! - a[i]![i]! || i - j);
  return {
    values: Float64Array.from(order, (i) => a[i]![i]!),
    vectors: order.map((i) => v[i]!),
  };
}

function rotate(x: Float64Array, y: Float64Array, c: number, s: number): void {
  for (let i = 0; i < x.length; i++) {
    const [u, w] = [x[i]!, y[i]!];
    x[i] = c * u - s * w;
    y[i] = s * u + c * w;
  }
}

/**
 * Rows less their mean, in the coordinates of their first principal components: [n, d] -> [n, components]. Only
 * rows with `counts(row)` make the mean and the components; the others become zeros. Each component points where
 * its largest coordinate is positive, so the result has one sign.
 * @throws CohearError ERR_RANGE for more components than columns or than rows that count
 */
export function principalComponents(
  rows: Matrix,
  components: number,
  counts: (row: number) => boolean,
): Matrix {
  const width = rows.cols;
  const used = Array.from({ length: rows.rows }, (_, r) => r).filter(counts);
  require(Number.isInteger(components) &&
    components >= 1 &&
    components <= Math.min(width, used.length), 'ERR_RANGE', () =>
    `principalComponents: want 1 to ${Math.min(width, used.length)} components, got ${components}`);
  const mean = new Float64Array(width);
  for (const r of used) for (let d = 0; d < width; d++) mean[d]! += rows.data[r * width + d]!;
  for (let d = 0; d < width; d++) mean[d]! /= used.length;

  const covariance = Array.from({ length: width }, () => new Float64Array(width));
  const x = new Float64Array(width);
  for (const r of used) {
    for (let d = 0; d < width; d++) x[d] = rows.data[r * width + d]! - mean[d]!;
    for (let i = 0; i < width; i++) {
      const [line, value] = [covariance[i]!, x[i]!];
      for (let j = i; j < width; j++) line[j]! += value * x[j]!;
    }
  }
  for (let i = 0; i < width; i++)
    for (let j = 0; j < width; j++)
      covariance[i]![j] = (j >= i ? covariance[i]![j]! : covariance[j]![i]!) / (j >= i ? used.length : 1);

  const axes = symmetricEigen(covariance).vectors.slice(0, components);
  for (const axis of axes) {
    const largest = axis.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
    if (largest < 0) for (let d = 0; d < width; d++) axis[d] = -axis[d]!;
  }
  const out = matrix(rows.rows, components);
  for (const r of used)
    axes.forEach((axis, c) => {
      let sum = 0;
      for (let d = 0; d < width; d++) sum += (rows.data[r * width + d]! - mean[d]!) * axis[d]!;
      out.data[r * components + c] = sum;
    });
  return out;
}
