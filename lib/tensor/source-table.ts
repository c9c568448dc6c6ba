import * as tf from '@tensorflow/tfjs-core';
import { RowTable } from '../artifacts/index.js';
import { require } from '../errors/index.js';
import { addon } from '../native/index.js';
import { cohearBackend } from './backend.js';
import { type AggregateBlock, type AggregateMode, MODES } from './segment.js';
import { tensorOf } from './tape.js';

/**
 * How the numbers of a table are kept: 'f16' half precision (11 bits, up to 65504), 'bf16' (8 bits, the range of a
 * float), 'int8' (whole numbers times one scale per row).
 */
export type TableElement = 'f16' | 'bf16' | 'int8';

/** A table of rows in fewer bits, to aggregate from. {@link encodeTable} makes it. */
export interface SourceTable {
  readonly element: TableElement;
  readonly rows: number;
  readonly width: number;
  /** Row-major [rows, width]. */
  readonly values: Uint16Array | Int8Array;
  /** One per row, 'int8' only: a number is scale × value. */
  readonly scales?: Float32Array;
}

/** The numbers of native/tensor/source_table.h. */
const ELEMENTS: Readonly<Record<TableElement, number>> = { f16: 1, bf16: 2, int8: 3 };

/**
 * Rounds a row-major table to the nearest of its element type, ties to even. Numbers beyond the largest of 'f16'
 * become infinite; 'int8' takes the greatest magnitude of a row as 127.
 * @throws CohearError ERR_SHAPE for numbers that are no whole number of rows, ERR_VALUE for 'int8' of a number that
 *   is not finite or an unknown element
 */
export function encodeTable(data: Float32Array, width: number, element: TableElement): SourceTable {
  require(Object.hasOwn(ELEMENTS, element), 'ERR_VALUE', () =>
    `encodeTable: element is "${element}", want "f16", "bf16" or "int8"`);
  require(width > 0 && data.length % width === 0, 'ERR_SHAPE', () =>
    `encodeTable: ${data.length} numbers are no whole number of rows of ${width}`);
  return { element, rows: data.length / width, width, ...addon.encodeTable(data, width, ELEMENTS[element]) };
}

/**
 * `gatherAggregate` from a table in fewer bits, or in a file: the same numbers as from its decoded rows, which are
 * never materialised. A table holds constants, so there is no gradient.
 * @returns [targets, table.width]
 * @throws CohearError ERR_VALUE, ERR_SHAPE, ERR_DTYPE, ERR_RANGE as gatherAggregate
 */
export function gatherAggregateTable(
  table: SourceTable | RowTable,
  { offsets, indices }: AggregateBlock,
  mode: AggregateMode,
  weights?: Float32Array,
): tf.Tensor2D {
  require(Object.hasOwn(MODES, mode), 'ERR_VALUE', () =>
    `gatherAggregateTable: mode is "${mode}", want "max", "mean" or "sum"`);
  const width = table instanceof RowTable ? table.cols : table.width;
  const backend = cohearBackend();
  const shape: [number, number] = [Math.max(0, offsets.length - 1), width];
  const out = backend?.pool.float32(shape[0] * width) ?? new Float32Array(shape[0] * width);
  if (table instanceof RowTable)
    addon.gatherAggregateRows(offsets, indices, table.handle, MODES[mode], weights ?? null, out);
  else
    addon.gatherAggregateTable(
      offsets,
      indices,
      table.values,
      ELEMENTS[table.element],
      table.scales ?? null,
      table.rows,
      width,
      MODES[mode],
      weights ?? null,
      out,
    );
  return backend ? (tensorOf(backend, shape, out) as tf.Tensor2D) : tf.tensor2d(out, shape);
}
