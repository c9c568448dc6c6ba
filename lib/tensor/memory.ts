/**
 * Reuses the memory of tensors. A fresh zero-filled array costs more than many kernels, so outputs of native
 * kernels live in buffers that come back here when their last tensor is disposed. A buffer whose array
 * a user holds (read with dataSync, or handed in) never comes back: it is left to the garbage collector.
 */

/** Below this an array is made afresh: the collector is quicker than the bookkeeping. */
const SMALLEST = 16 * 1024;
/** Free bytes kept at most; what is given back beyond is dropped. */
const MOST_FREE = 1 << 30;

interface Entry {
  readonly buffer: ArrayBuffer;
  /** Tensors whose values lie in the buffer. */
  uses: number;
  escaped: boolean;
}

export class BufferPool {
  readonly #entries = new WeakMap<ArrayBufferLike, Entry>();
  /** Free buffers by byte length. */
  readonly #free = new Map<number, Entry[]>();
  #freeBytes = 0;

  get freeBytes(): number {
    return this.#freeBytes;
  }

  /** An array of `length` floats with arbitrary content: the kernel must write all of it. */
  float32(length: number): Float32Array<ArrayBuffer> {
    return length * 4 < SMALLEST
      ? new Float32Array(length)
      : new Float32Array(this.#take(length * 4), 0, length);
  }

  int32(length: number): Int32Array<ArrayBuffer> {
    return length * 4 < SMALLEST ? new Int32Array(length) : new Int32Array(this.#take(length * 4), 0, length);
  }

  /** A tensor's values now lie in `buffer`. Buffers that are not the pool's are ignored, here and below. */
  retain(buffer: ArrayBufferLike): void {
    const entry = this.#entries.get(buffer);
    if (entry) entry.uses++;
  }

  release(buffer: ArrayBufferLike): void {
    const entry = this.#entries.get(buffer);
    if (entry === undefined || --entry.uses > 0 || entry.escaped) return;
    const bytes = entry.buffer.byteLength;
    if (bytes === 0 || this.#freeBytes + bytes > MOST_FREE) return;
    const free = this.#free.get(bytes);
    if (free) free.push(entry);
    else this.#free.set(bytes, [entry]);
    this.#freeBytes += bytes;
  }

  /** Someone outside may hold an array over this buffer from now on. */
  escape(buffer: ArrayBufferLike): void {
    const entry = this.#entries.get(buffer);
    if (entry) entry.escaped = true;
  }

  #take(bytes: number): ArrayBuffer {
    const rounded = sizeClass(bytes);
    const free = this.#free.get(rounded);
    const found = free?.pop();
    if (found) {
      this.#freeBytes -= rounded;
      return found.buffer;
    }
    const entry = { buffer: new ArrayBuffer(rounded), uses: 0, escaped: false };
    this.#entries.set(entry.buffer, entry);
    return entry.buffer;
  }
}

/** Eight sizes to a doubling: batches of nearly one size share buffers, and at most an eighth is unused. */
function sizeClass(bytes: number): number {
  const step = 2 ** Math.max(10, Math.floor(Math.log2(bytes)) - 3);
  return Math.ceil(bytes / step) * step;
}
