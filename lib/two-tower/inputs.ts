import * as tf from '@tensorflow/tfjs-core';
import { type Matrix, matrix } from '../artifacts/index.js';
import type { Catalogue, Histories, Users } from '../events/index.js';
import { gatherAggregate } from '../tensor/index.js';
import { firstAtOrAfter } from './statistics.js';

const DAY = 86_400;

/** What the towers see of the world at one moment; all of it from before `cut`. */
export interface Moment {
  readonly cut: number;
  /** HGNN embeddings of a graph of events before the cut, [items, width]; null for towers without them. */
  readonly embeddings: Matrix | null;
  /** Item statistics as known at the cut. */
  readonly statistics: Matrix;
}

/** What does not change with time. */
export interface World {
  readonly catalogue: Pick<Catalogue, 'size' | 'typeOffsets' | 'types'>;
  readonly histories: Histories;
  readonly text: Matrix;
  /** Categories as 0/1 columns; 0 columns where there are none. */
  readonly itemFeatures: Matrix;
  readonly userFeatures: Matrix;
  readonly windowDays: number | null;
}

/** Widths of the towers' inputs, which are also what saved weights must fit. */
export interface InputWidths {
  readonly user: number;
  readonly item: number;
  readonly statistics: number;
}

/**
 * The towers' inputs at one moment, as tensors. Owns the tensors it made; `dispose()` frees them.
 *
 *     user = [ per type: mean vector of the items met before the cut; log(1 + how many); log(1 + days since the last);
 *              1 if any ] + [ user features ]
 *     item = [ text ] + [ HGNN embedding ] + [ statistics ] + [ type, one-hot ] + [ categories ]
 *
 * The mean is over HGNN embeddings, or over text where the towers go without; weak events count as strong ones do.
 */
export class MomentInputs {
  readonly #items: tf.Tensor2D;
  readonly #profile: tf.Tensor2D;
  readonly statistics: tf.Tensor2D;
  readonly widths: InputWidths;

  constructor(
    readonly world: World,
    readonly moment: Moment,
  ) {
    const { text, itemFeatures, userFeatures, catalogue } = world;
    const profile = moment.embeddings ?? text;
    const types = catalogue.types.length;
    const parts = [text, ...(moment.embeddings ? [moment.embeddings] : []), moment.statistics, itemFeatures];
    this.widths = {
      user: types * (profile.cols + 3) + userFeatures.cols,
      item: parts.reduce((sum, part) => sum + part.cols, 0) + types,
      statistics: moment.statistics.cols,
    };
    const rows = matrix(catalogue.size, this.widths.item);
    for (let i = 0, type = 0; i < catalogue.size; i++) {
      while (i >= catalogue.typeOffsets[type + 1]!) type++;
      let at = i * rows.cols;
      for (const part of parts) {
        rows.data.set(part.data.subarray(i * part.cols, (i + 1) * part.cols), at);
        at += part.cols;
      }
      rows.data[at + type] = 1;
    }
    this.#items = tf.tensor2d(rows.data, [rows.rows, rows.cols]);
    this.#profile = tf.tensor2d(profile.data.slice(), [profile.rows, profile.cols]);
    this.statistics = tf.tensor2d(moment.statistics.data.slice(), [catalogue.size, moment.statistics.cols]);
  }

  /** Item tower inputs of catalogue rows, [rows.length, widths.item]. */
  items(rows: Uint32Array): tf.Tensor2D {
    return tf.tidy(() => tf.gather(this.#items, tf.tensor1d(Int32Array.from(rows), 'int32')));
  }

  /** Statistics of catalogue rows, [rows.length, widths.statistics]. */
  itemStatistics(rows: Uint32Array): tf.Tensor2D {
    return tf.tidy(() => tf.gather(this.statistics, tf.tensor1d(Int32Array.from(rows), 'int32')));
  }

  /** User tower inputs, [users.length, widths.user]; only events before the moment's cut are read. */
  users(users: Uint32Array): tf.Tensor2D {
    const { world, moment } = this;
    const { histories, catalogue, userFeatures } = world;
    const types = catalogue.types.length;
    const oldest = world.windowDays === null ? Number.NEGATIVE_INFINITY : moment.cut - world.windowDays * DAY;
    const offsets = Array.from({ length: types }, () => new BigUint64Array(users.length + 1));
    const indices = Array.from({ length: types }, (): number[] => []);
    const facts = matrix(users.length, types * 3 + userFeatures.cols);
    users.forEach((user, row) => {
      const begin = Number(histories.offsets[user]);
      const end = firstAtOrAfter(histories.time, moment.cut, begin, Number(histories.offsets[user + 1]));
      const from = firstAtOrAfter(histories.time, oldest, begin, end);
      const last = new Float64Array(types).fill(Number.NEGATIVE_INFINITY);
      for (let e = from; e < end; e++) {
        const item = histories.item[e]!;
        let type = 0;
        while (item >= catalogue.typeOffsets[type + 1]!) type++;
        indices[type]!.push(item);
        last[type] = histories.time[e]!;
      }
      for (let type = 0; type < types; type++) {
        const count = indices[type]!.length - Number(offsets[type]![row]);
        offsets[type]![row + 1] = BigInt(indices[type]!.length);
        if (count === 0) continue;
        facts.data[row * facts.cols + type * 3] = Math.log1p(count);
        facts.data[row * facts.cols + type * 3 + 1] = Math.log1p((moment.cut - last[type]!) / DAY);
        facts.data[row * facts.cols + type * 3 + 2] = 1;
      }
      facts.data.set(
        userFeatures.data.subarray(user * userFeatures.cols, (user + 1) * userFeatures.cols),
        row * facts.cols + types * 3,
      );
    });
    return tf.tidy(() =>
      tf.concat2d(
        [
          ...offsets.map((o, type) =>
            gatherAggregate(this.#profile, { offsets: o, indices: Uint32Array.from(indices[type]!) }, 'mean'),
          ),
          tf.tensor2d(facts.data, [facts.rows, facts.cols]),
        ],
        1,
      ),
    );
  }

  dispose(): void {
    tf.dispose([this.#items, this.#profile, this.statistics]);
  }
}

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
