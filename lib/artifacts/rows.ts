import { CohearError, require } from '../errors/index.js';
import { addon } from '../native/index.js';
import type { RowFileHandle } from '../native/tensor.js';
import { type Matrix, matrix, row } from './matrix.js';
import { readSafetensorsHeader } from './safetensors.js';

/**
 * How the numbers of a table on disk are kept: 'f32', 'f16' (half precision: 11 bits), 'int8' (whole numbers to 127
 * times one scale a row).
 */
export type Storage = 'f32' | 'f16' | 'int8';

/** The names of safetensors, and the numbers of native/tensor/source_table.h. */
const KINDS = { F32: ['f32', 0], F16: ['f16', 1], I8: ['int8', 3] } as const;

/**
 * Rows of numbers in a file, which is mapped into memory: JavaScript holds none of them, native code reads them where
 * they lie, and what is read here is decoded to floats. {@link RowWriter} makes such a file, or writeSafetensors with
 * an f32 matrix. The mapping is given back by the garbage collector, or at once by close().
 */
export class RowTable {
  private constructor(
    readonly handle: RowFileHandle,
    readonly rows: number,
    readonly cols: number,
    readonly storage: Storage,
  ) {}

  /**
   * Opens the matrix `name` of a safetensors file ('int8' has its scales beside it as `name`.scales).
   * @throws CohearError ERR_IO when the file cannot be read, ERR_FORMAT when it holds no such matrix
   */
  static async open(path: string, name: string): Promise<RowTable> {
    const { tensors } = await readSafetensorsHeader(path);
    const place = tensors[name];
    const scales = tensors[`${name}.scales`];
    const kind = place && KINDS[place.dtype as keyof typeof KINDS];
    const [rows, width] = place?.shape ?? [];
    const fits =
      kind?.[0] !== 'int8' ||
      (scales?.dtype === 'F32' && scales.shape.length === 1 && scales.shape[0] === rows);
    if (!place || !kind || place.shape.length !== 2 || !fits)
      throw new CohearError(
        'ERR_FORMAT',
        `${path}: want a matrix "${name}" of f32, f16 or int8; make the run again with --force`,
      );
    const [storage, element] = kind;
    const handle = addon.openRows(path, {
      element,
      rows: rows!,
      width: width!,
      values: place.begin,
      scales: scales?.begin ?? 0,
    });
    return new RowTable(handle, rows!, width!, storage);
  }

  /** out[i] = row rows[i], decoded. @throws CohearError ERR_RANGE for a row that is not there, ERR_CLOSED */
  read(rows: Uint32Array, out = new Float32Array(rows.length * this.cols)): Float32Array {
    addon.readRows(this.handle, rows, out);
    return out;
  }

  /** Rows [begin, end), decoded. @throws CohearError ERR_RANGE where they are not all there, ERR_CLOSED */
  slice(begin: number, end: number): Matrix {
    require(begin <= end && end <= this.rows, 'ERR_RANGE', () =>
      `rows ${begin} to ${end} do not lie in 0 to ${this.rows}`);
    const out = matrix(end - begin, this.cols);
    addon.readRowsFrom(this.handle, begin, out.data);
    return out;
  }

  /** Gives the mapping back once nothing reads it any more. */
  close(): void {
    this.handle.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Rows of numbers, in memory or in a file. */
export type Rows = Matrix | RowTable;

/** Reads one row at a time: a view of a matrix, or decoded into one array; valid until the next. */
export function rowReader(from: Rows): (row: number) => Float32Array {
  if (!(from instanceof RowTable)) return (r) => row(from, r);
  const [which, out] = [new Uint32Array(1), new Float32Array(from.cols)];
  return (r) => {
    which[0] = r;
    return from.read(which, out);
  };
}

/** What native code takes for rows: their numbers, or the handle of their file. */
export const nativeRows = (from: Rows): Float32Array | RowFileHandle =>
  from instanceof RowTable ? from.handle : from.data;
