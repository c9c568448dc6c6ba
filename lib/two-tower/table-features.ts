import { type Matrix, matrix } from '../artifacts/index.js';
import type { Catalogue, Users } from '../events/index.js';

/** At most this many values of a categorical column get a column of their own; rarer ones share one. */
const CATEGORY_LIMIT = 50;

/**
 * Categorical columns as 0/1 columns, numbers standardised; nulls are all zeros. Values are taken from the
 * catalogue or user table, which is known beforehand, the most frequent first.
 */
export function tableFeatures(
  rows: number,
  categories: Catalogue['categories'],
  numbers: Users['numbers'] = {},
): Matrix {
  const columns: { width: number; write: (row: number, at: number, out: Float32Array) => void }[] = [];
  for (const name of Object.keys(categories).sort()) {
    const values = categories[name]!;
    const counts = new Map<string, number>();
    for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
    const kept = [...counts]
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      .slice(0, CATEGORY_LIMIT)
      .map(([value]) => value);
    const position = new Map(kept.map((value, i) => [value, i]));
    const other = counts.size > kept.length ? 1 : 0;
    columns.push({
      width: kept.length + other,
      write: (row, at, out) => {
        const value = values[row];
        if (value != null) out[at + (position.get(value) ?? kept.length)] = 1;
      },
    });
  }
  for (const name of Object.keys(numbers).sort()) {
    const values = numbers[name]!;
    const known = values.filter((value) => Number.isFinite(value));
    const mean = known.reduce((a, b) => a + b, 0) / Math.max(1, known.length);
    const spread = Math.sqrt(known.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(1, known.length)) || 1;
    columns.push({
      width: 2,
      write: (row, at, out) => {
        if (!Number.isFinite(values[row]!)) return;
        out[at] = (values[row]! - mean) / spread;
        out[at + 1] = 1;
      },
    });
  }
  const out = matrix(
    rows,
    columns.reduce((sum, c) => sum + c.width, 0),
  );
  for (let row = 0; row < rows; row++) {
    let at = row * out.cols;
    for (const column of columns) {
      column.write(row, at, out.data);
      at += column.width;
    }
  }
  return out;
}
