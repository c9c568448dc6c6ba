import { ftruncateSync, writeSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { require } from '../errors/index.js';
import { addon } from '../native/index.js';
import { syncFolderOf, temporaryName } from './files.js';
import type { Storage } from './rows.js';
import { headerBytes } from './safetensors.js';

/** Numbers gathered before they are written. */
const BLOCK = 1 << 21;

/** The names of safetensors, their bytes, and the numbers of native/tensor/source_table.h. */
const KINDS = { f32: ['F32', 4, 0], f16: ['F16', 2, 1], int8: ['I8', 1, 3] } as const;

/**
 * Writes a matrix that need not fit into memory, row by row in any order, as a safetensors file that RowTable.open
 * reads: a temporary file of its whole size, renamed by finish(). A row that is never put is zeros.
 */
export class RowWriter {
  private readonly places: Uint32Array;
  private readonly block: Float32Array;
  private count = 0;

  private constructor(
    private readonly path: string,
    private readonly temporary: string,
    private readonly file: FileHandle,
    private readonly cols: number,
    private readonly storage: Storage,
    /** Where values and scales begin in the file. */
    private readonly at: { readonly values: number; readonly scales: number },
  ) {
    const rows = Math.max(1, Math.floor(BLOCK / cols));
    this.places = new Uint32Array(rows);
    this.block = new Float32Array(rows * cols);
  }

  /** @param shape rows and columns of the matrix `name` */
  static async create(
    path: string,
    name: string,
    [rows, cols]: readonly [number, number],
    storage: Storage,
  ): Promise<RowWriter> {
    require(cols > 0, 'ERR_SHAPE', () => `${path}: want rows of one number or more`);
    const [dtype, width] = KINDS[storage];
    const values = { dtype, shape: [rows, cols], bytes: rows * cols * width };
    const scales = { dtype: 'F32', shape: [rows], bytes: rows * 4 } as const;
    // The widest first, as the format wants it for alignment.
    const header = headerBytes(
      storage === 'int8' ? { [`${name}.scales`]: scales, [name]: values } : { [name]: values },
    );
    const begin = header.length + (storage === 'int8' ? scales.bytes : 0);
    const temporary = temporaryName(path);
    const file = await open(temporary, 'wx');
    ftruncateSync(file.fd, begin + values.bytes);
    await file.write(header, 0, header.length, 0);
    return new RowWriter(path, temporary, file, cols, storage, { values: begin, scales: header.length });
  }

  /** Row `place` is `vector`, which is copied. The last one counts. */
  put(place: number, vector: Float32Array): void {
    this.places[this.count] = place;
    this.block.set(vector, this.count * this.cols);
    if (++this.count === this.places.length) this.flush();
  }

  private flush(): void {
    const { cols, storage, at, count, file } = this;
    const [, width, element] = KINDS[storage];
    const rows = this.block.subarray(0, count * cols);
    const coded = element === 0 ? { values: rows } : addon.encodeTable(rows, cols, element);
    const values = bytesOf(coded.values);
    const scales = 'scales' in coded && coded.scales ? bytesOf(coded.scales) : undefined;
    for (let first = 0; first < count; ) {
      let end = first + 1; // rows side by side are written at once
      while (end < count && this.places[end] === this.places[end - 1]! + 1) end++;
      const place = this.places[first]!;
      writeAll(
        file.fd,
        values.subarray(first * cols * width, end * cols * width),
        at.values + place * cols * width,
      );
      if (scales) writeAll(file.fd, scales.subarray(first * 4, end * 4), at.scales + place * 4);
      first = end;
    }
    this.count = 0;
  }

  /** Writes what is left and puts the file in its place, whole. */
  async finish(): Promise<void> {
    try {
      this.flush();
      await this.file.sync();
      await this.file.close();
      await rename(this.temporary, this.path);
      await syncFolderOf(this.path);
    } catch (error) {
      await this.abandon();
      throw error;
    }
  }

  /** Leaves nothing behind. */
  async abandon(): Promise<void> {
    await this.file.close().catch(() => {});
    await rm(this.temporary, { force: true });
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: NodeJS.TypedArray) =>
  new Uint8Array(buffer, byteOffset, byteLength);

function writeAll(file: number, bytes: Uint8Array, position: number): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, position + at);
}
