import { type Matrix, matrix, normalizeRows, row } from '../artifacts/index.js';
import { require } from '../errors/index.js';
import { derive, permutation, type Seed } from '../random/index.js';
import { topK } from '../retrieval/index.js';

/** How far two embeddings of the same items say the same. */
export interface Compatibility {
  readonly items: number;
  /** Mean cosine of an item's two vectors: 1 where what was made for one can be used with the other. */
  readonly cosine: number;
  /** Mean share of an item's k nearest in one that are among its k nearest in the other; no rotation changes it. */
  readonly overlap: number;
  readonly k: number;
}

export interface CompatibilityOptions {
  /** Neighbours that are compared. Default 10. */
  readonly k?: number;
  /** Items whose neighbours are compared, drawn evenly. Default 1000. */
  readonly ask?: number;
  readonly seed?: Seed;
}

/**
 * Compares two embeddings of the same items: row i of both is of one item.
 * @throws CohearError ERR_SHAPE for matrices of different shapes, or with fewer than two rows
 */
export async function compatibility(
  a: Matrix,
  b: Matrix,
  { k = 10, ask = 1000, seed = 1 }: CompatibilityOptions = {},
): Promise<Compatibility> {
  require(a.rows === b.rows && a.cols === b.cols && a.rows >= 2, 'ERR_SHAPE', () =>
    `compatibility: want two matrices of one shape and at least 2 rows, got [${a.rows}, ${a.cols}] and [${b.rows}, ${b.cols}]`);
  const unit = [a, b].map((m) => normalizeRows(matrix(m.rows, m.cols, m.data.slice())));
  let cosine = 0;
  for (let r = 0; r < a.rows; r++) {
    const [x, y] = [row(unit[0]!, r), row(unit[1]!, r)];
    for (let c = 0; c < a.cols; c++) cosine += x[c]! * y[c]!;
  }
  const asked = permutation(a.rows, derive(seed, 'compatibility')).slice(0, Math.min(ask, a.rows)).sort();
  const depth = Math.min(k, a.rows - 1);
  const excluded = {
    offsets: BigUint64Array.from({ length: asked.length + 1 }, (_, i) => BigInt(i)),
    rows: asked,
  };
  const near = [];
  for (const m of unit) {
    const queries = matrix(asked.length, m.cols);
    asked.forEach((r, q) => {
      row(queries, q).set(row(m, r));
    });
    near.push((await topK(queries, m, { k: depth, excluded })).rows);
  }
  let shared = 0;
  for (let q = 0; q < asked.length; q++) {
    const first = new Set(near[0]!.subarray(q * depth, (q + 1) * depth));
    for (let i = q * depth; i < (q + 1) * depth; i++) if (first.has(near[1]![i]!)) shared++;
  }
  return { items: a.rows, cosine: cosine / a.rows, overlap: shared / (asked.length * depth), k: depth };
}
