import { type Matrix, matrix, row } from '../artifacts/index.js';
import { require } from '../errors/index.js';

/**
 * The rotation (or reflection) that brings one set of vectors nearest to another (orthogonal Procrustes):
 *
 *     R = argmin |A R − B|_F over orthogonal R = U Vᵀ,   Aᵀ B = U Σ Vᵀ
 *
 * Dot products within A stay what they are, so nothing is lost: two trainings of one model differ by such a rotation
 * at least. In double precision; O(rows d² + d³).
 * @param from A, [rows, d]
 * @param to B, [rows, d]; row i of both is of the same item
 * @returns R, [d, d]
 * @throws CohearError ERR_SHAPE for matrices of different shapes
 */
export function procrustes(from: Matrix, to: Matrix): Matrix {
  require(from.rows === to.rows && from.cols === to.cols, 'ERR_SHAPE', () =>
    `procrustes: want two matrices of one shape, got [${from.rows}, ${from.cols}] and [${to.rows}, ${to.cols}]`);
  const d = from.cols;
  const product = new Float64Array(d * d);
  for (let r = 0; r < from.rows; r++) {
    const [a, b] = [row(from, r), row(to, r)];
    for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) product[i * d + j]! += a[i]! * b[j]!;
  }
  return matrix(d, d, Float32Array.from(polar(product, d)));
}

/** m R: the rows of a matrix, rotated. */
export function rotated(m: Matrix, { data: rotation }: Matrix): Matrix {
  const d = m.cols;
  const out = matrix(m.rows, d);
  const sum = new Float64Array(d);
  for (let r = 0; r < m.rows; r++) {
    sum.fill(0);
    const values = row(m, r);
    for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) sum[j]! += values[i]! * rotation[i * d + j]!;
    row(out, r).set(sum);
  }
  return out;
}

/**
 * U Vᵀ of M = U Σ Vᵀ by one-sided Jacobi: columns of M are rotated by pairs until all are orthogonal, W = M V with
 * columns of lengths Σ, so U = W / Σ. Directions that M leaves open (Σ near 0) are completed to an orthogonal U.
 */
function polar(m: Float64Array, d: number): Float64Array {
  const w = Float64Array.from(m);
  const v = new Float64Array(d * d);
  for (let i = 0; i < d; i++) v[i * d + i] = 1;
  for (let sweep = 0, moved = true; moved && sweep < 60; sweep++) {
    moved = false;
    for (let p = 0; p < d; p++)
      for (let q = p + 1; q < d; q++) {
        let [pp, qq, pq] = [0, 0, 0];
        for (let i = 0; i < d; i++) {
          const [x, y] = [w[i * d + p]!, w[i * d + q]!];
          pp += x * x;
          qq += y * y;
          pq += x * y;
        }
        if (Math.abs(pq) <= 1e-14 * Math.sqrt(pp * qq) || pq === 0) continue;
        moved = true;
        const zeta = (qq - pp) / (2 * pq);
        const t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
        const c = 1 / Math.sqrt(1 + t * t);
        for (const of of [w, v])
          for (let i = 0; i < d; i++) {
            const [x, y] = [of[i * d + p]!, of[i * d + q]!];
            of[i * d + p] = c * (x - t * y);
            of[i * d + q] = c * (t * x + y);
          }
      }
  }
  orthonormal(w, d);
  const out = new Float64Array(d * d);
  for (let i = 0; i < d; i++)
    for (let j = 0; j < d; j++) for (let k = 0; k < d; k++) out[i * d + j]! += w[i * d + k]! * v[j * d + k]!;
  return out;
}

/** Makes the orthogonal columns of w unit ones; what is 0 but for rounding is replaced by what completes a basis. */
function orthonormal(w: Float64Array, d: number): void {
  const length = (k: number) => {
    let sum = 0;
    for (let i = 0; i < d; i++) sum += w[i * d + k]! ** 2;
    return Math.sqrt(sum);
  };
  const lengths = Array.from({ length: d }, (_, k) => length(k));
  const least = 1e-10 * Math.max(...lengths);
  const scale = (k: number, by: number) => {
    for (let i = 0; i < d; i++) w[i * d + k]! *= by;
  };
  const done = lengths.flatMap((one, k) => (one > least ? [k] : []));
  for (const k of done) scale(k, 1 / lengths[k]!);
  for (let k = 0, axis = 0; k < d; k++) {
    if (lengths[k]! > least) continue;
    for (; ; axis++) {
      // The next unit vector less its part along the columns that are done, twice for rounding's sake.
      for (let i = 0; i < d; i++) w[i * d + k] = i === axis ? 1 : 0;
      for (let pass = 0; pass < 2; pass++)
        for (const other of done) {
          let dot = 0;
          for (let i = 0; i < d; i++) dot += w[i * d + k]! * w[i * d + other]!;
          for (let i = 0; i < d; i++) w[i * d + k]! -= dot * w[i * d + other]!;
        }
      if (length(k) > 0.5 / Math.sqrt(d)) break;
    }
    scale(k, 1 / length(k));
    done.push(k);
  }
}
