import { type Matrix, matrix } from '../artifacts/index.js';
import type { Catalogue, Users } from '../events/index.js';

/** At most this many values of a categorical column get a column of their own; rarer ones share one. */
const CATEGORY_LIMIT = 50;

/** Feature rows, and what each column is. */
export interface Features extends Matrix {
  readonly names: readonly string[];
}

/**
 * Categorical columns as 0/1 columns, numbers standardised; nulls are all zeros. Values are taken from the
 * catalogue or user table, which is known beforehand, the most frequent first.
 */
export function tableFeatures(
  rows: number,
  categories: Catalogue['categories'],
  numbers: Users['numbers'] = {},
): Features {
  const columns: { names: readonly string[]; write: (row: number, at: number, out: Float32Array) => void }[] =
    [];
  for (const name of Object.keys(categories).sort()) {
    const values = categories[name]!;
    const counts = new Map<string, number>();
    for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
    const kept = [...counts]
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      .slice(0, CATEGORY_LIMIT)
      .map(([value]) => value);
    const position = new Map(kept.map((value, i) => [value, i]));
    columns.push({
      names: [
        ...kept.map((value) => `${name}=${value}`),
        ...(counts.size > kept.length ? [`${name}=(other)`] : []),
      ],
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
      names: [name, `${name} known`],
      write: (row, at, out) => {
        if (!Number.isFinite(values[row]!)) return;
        out[at] = (values[row]! - mean) / spread;
        out[at + 1] = 1;
      },
    });
  }
  const out = matrix(
    rows,
    columns.reduce((sum, c) => sum + c.names.length, 0),
  );
  for (let row = 0; row < rows; row++) {
    let at = row * out.cols;
    for (const column of columns) {
      column.write(row, at, out.data);
      at += column.names.length;
    }
  }
  return { ...out, names: columns.flatMap(({ names }) => names) };
}

/**
 * The features in the columns of an earlier model, whose vocabulary is part of it: a value that it did not know goes to
 * the others of its column where it has a column for them, and else is left out, as is a column that it lacks.
 */
export function arranged(features: Features, names: readonly string[]): Features {
  const place = new Map(names.map((name, i) => [name, i]));
  const to = features.names.map((name) => {
    const at = name.indexOf('=');
    return place.get(name) ?? (at < 0 ? undefined : place.get(`${name.slice(0, at)}=(other)`));
  });
  const out = matrix(features.rows, names.length);
  for (let r = 0; r < features.rows; r++)
    to.forEach((column, c) => {
      if (column !== undefined) out.data[r * out.cols + column]! += features.data[r * features.cols + c]!;
    });
  return { ...out, names };
}
