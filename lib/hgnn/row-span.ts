import type * as tf from '@tensorflow/tfjs-core';
import { type Rows, RowTable } from '../artifacts/index.js';
import { readRows, tableRows } from '../tensor/index.js';

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

  /**
   * Visits all rows in order, a chunk at a time: x holds rows [from, from + count) of the span, where they lie or in an
   * array that is used again for the next chunk.
   */
  forEachChunk(visit: (x: Float32Array, from: number, count: number) => void): void {
    let buffer: Float32Array<ArrayBuffer> | undefined;
    for (let from = 0; from < this.rows; from += CHUNK) {
      const places = this.places.subarray(from, from + CHUNK);
      const { table, cols } = this;
      if (!(table instanceof RowTable) && consecutive(places)) {
        const begin = places[0]! * cols;
        visit(table.data.subarray(begin, begin + places.length * cols), from, places.length);
        continue;
      }
      buffer ??= new Float32Array(places.length * cols);
      const x = buffer.subarray(0, places.length * cols);
      readRows(table, places, x);
      visit(x, from, places.length);
    }
  }
}

const consecutive = (places: Uint32Array): boolean => places.every((place, i) => place === places[0]! + i);
