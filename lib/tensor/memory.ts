/**
 * Reuses the memory of tensors. A fresh zero-filled array costs more than many kernels, so outputs of native
 * kernels live in buffers that come back here when their last tensor is disposed. A buffer whose array
 * a user holds (read with dataSync, or handed in) never comes back: it is left to the garbage collector.
 */
import { require } from '../errors/index.js';
import { addon } from '../native/index.js';

/** Below this an array is made afresh: the collector is quicker than the bookkeeping. */
export const SMALLEST = 16 * 1024;
/** Bytes that memory is read in: rows that straddle lines are gathered a quarter slower. */
const LINE = 64;
/** From here on a buffer is worth pages of 2 MiB: gathering rows from 4 KiB pages costs half as much again. */
const HUGE = 4 * 2 ** 20;
/** Free bytes kept at most, until told otherwise. */
const LIMIT = 1 << 30;

interface Entry {
  readonly buffer: ArrayBuffer;
  /** Where arrays begin: at a multiple of 64 bytes in memory. */
  readonly offset: number;
  /** What it is looked for by: the buffer is a line longer. */
  readonly bytes: number;
  /** Tensors whose values lie in the buffer. */
  uses: number;
  escaped: boolean;
}

/** What {@link BufferPool} holds, in tf.memory(), too. */
export interface PoolUse {
  /** Bytes kept for the next kernels. */
  readonly freeBytes: number;
  /** freeBytes never exceeds it. */
  readonly limitBytes: number;
  /** Buffers made so far; it stays the same while every output finds a free one. */
  readonly buffersMade: number;
}

export class BufferPool {
  readonly #entries = new WeakMap<ArrayBufferLike, Entry>();
  /** Free buffers by byte length; the lengths in the order in which they were last given back to. */
  readonly #free = new Map<number, Entry[]>();
  #freeBytes = 0;
  #limitBytes = LIMIT;
  #buffersMade = 0;

  get freeBytes(): number {
    return this.#freeBytes;
  }

  get use(): PoolUse {
    return { freeBytes: this.#freeBytes, limitBytes: this.#limitBytes, buffersMade: this.#buffersMade };
  }

  /**
   * Free bytes kept at most: what comes back beyond it pushes out what has lain longest. 0 keeps nothing.
   * @throws CohearError ERR_RANGE
   */
  set limitBytes(bytes: number) {
    require(Number.isSafeInteger(bytes) && bytes >= 0, 'ERR_RANGE', () =>
      `memory limit: want a whole number of bytes from 0, got ${bytes}`);
    this.#limitBytes = bytes;
    this.#makeRoom(0);
  }

  /** An array of `length` floats with arbitrary content: the kernel must write all of it. */
  float32(length: number): Float32Array<ArrayBuffer> {
    if (length * 4 < SMALLEST) return new Float32Array(length);
    const { buffer, offset } = this.#take(length * 4);
    return new Float32Array(buffer, offset, length);
  }

  int32(length: number): Int32Array<ArrayBuffer> {
    if (length * 4 < SMALLEST) return new Int32Array(length);
    const { buffer, offset } = this.#take(length * 4);
    return new Int32Array(buffer, offset, length);
  }

  /** A tensor's values now lie in `buffer`. Buffers that are not the pool's are ignored, here and below. */
  retain(buffer: ArrayBufferLike): void {
    const entry = this.#entries.get(buffer);
    if (entry) entry.uses++;
  }

  release(buffer: ArrayBufferLike): void {
    const entry = this.#entries.get(buffer);
    if (entry === undefined || --entry.uses > 0 || entry.escaped) return;
    const { bytes } = entry;
    if (entry.buffer.byteLength === 0 || bytes > this.#limitBytes) return;
    this.#makeRoom(bytes);
    const free = this.#free.get(bytes) ?? [];
    free.push(entry);
    this.#free.delete(bytes);
    this.#free.set(bytes, free);
    this.#freeBytes += bytes;
  }

  /** Someone outside may hold an array over this buffer from now on. */
  escape(buffer: ArrayBufferLike): void {
    const entry = this.#entries.get(buffer);
    if (entry) entry.escaped = true;
  }

  /** Whether this is a buffer of the pool that nobody outside holds an array over. */
  isPrivate(buffer: ArrayBufferLike): boolean {
    return this.#entries.get(buffer)?.escaped === false;
  }

  /** How many hold this buffer; 0 if somebody outside may, too. */
  holders(buffer: ArrayBufferLike): number {
    const entry = this.#entries.get(buffer);
    return entry === undefined || entry.escaped ? 0 : entry.uses;
  }

  #take(bytes: number): Entry {
    const rounded = sizeClass(bytes);
    const free = this.#free.get(rounded);
    const found = free?.pop();
    if (found) {
      if (free!.length === 0) this.#free.delete(rounded);
      this.#freeBytes -= rounded;
      return found;
    }
    this.#buffersMade++;
    const buffer = new ArrayBuffer(rounded + LINE);
    if (rounded >= HUGE) addon.useHugePages(buffer);
    const offset = addon.bytesToLine(buffer);
    const entry = { buffer, offset, bytes: rounded, uses: 0, escaped: false };
    this.#entries.set(buffer, entry);
    return entry;
  }

  /** Drops free buffers until `bytes` more fit, sizes that have not been used for longest first. */
  #makeRoom(bytes: number): void {
    for (const [size, free] of this.#free) {
      while (this.#freeBytes + bytes > this.#limitBytes && free.length > 0) {
        free.pop();
        this.#freeBytes -= size;
      }
      if (free.length > 0) return;
      this.#free.delete(size);
    }
  }
}

/** Eight sizes to a doubling: batches of nearly one size share buffers, and at most an eighth is unused. */
function sizeClass(bytes: number): number {
  const step = 2 ** Math.max(10, Math.floor(Math.log2(bytes)) - 3);
  return Math.ceil(bytes / step) * step;
}
