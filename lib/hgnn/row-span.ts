import * as tf from '@tensorflow/tfjs-core';
import type { Rows } from '../artifacts/index.js';
import { type AggregateBlock, tableRows } from '../tensor/index.js';
import { usedPlaces } from '../tensor/used-rows.js';

/** Rows that go through a layer at a time: a multiple of the slices of a matrix product, so chunks change no bits. */
const CHUNK = 8192;

/** Some rows of a table in memory or in a file, which become tensors a chunk at a time. They take no gradient. */
export class RowSpan {
  constructor(
    readonly table: Rows,
    /** Which rows of the table, in this order. */
    readonly places: Uint32Array,
  ) {}

  /** Rows [begin, end) of a table. */
  static range(table: Rows, begin: number, end: number): RowSpan {
    return new RowSpan(
      table,
      Uint32Array.from({ length: end - begin }, (_, i) => begin + i),
    );
  }

  get rows(): number {
    return this.places.length;
  }
  get cols(): number {
    return this.table.cols;
  }

  first(count: number): RowSpan {
    return new RowSpan(this.table, this.places.subarray(0, count));
  }

  /** The rows at some places of the span. */
  pick(places: ArrayLike<number>): RowSpan {
    return new RowSpan(
      this.table,
      Uint32Array.from(places, (place) => this.places[place]!),
    );
  }

  tensor(): tf.Tensor2D {
    return tableRows(this.table, this.places);
  }

  /** As `usedRows` of tensors. */
  used(block: AggregateBlock): { readonly rows: RowSpan; readonly block: AggregateBlock } {
    const used = usedPlaces(this.rows, block);
    return { rows: used.places ? this.pick(used.places) : this, block: used.block };
  }

  /** f(rows), for an f that works row by row. */
  through(f: (x: tf.Tensor2D) => tf.Tensor2D): tf.Tensor2D {
    const chunk = (from: number) =>
      tf.tidy(() => f(tableRows(this.table, this.places.slice(from, from + CHUNK))));
    if (this.rows <= CHUNK) return chunk(0);
    const parts = Array.from({ length: Math.ceil(this.rows / CHUNK) }, (_, i) => chunk(i * CHUNK));
    const whole = tf.concat2d(parts, 0);
    tf.dispose(parts);
    return whole;
  }
}
