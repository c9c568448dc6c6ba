import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { CohearError } from '../errors/index.js';
import { Fusion } from './fusion.js';
import { BufferPool, type PoolUse, SMALLEST } from './memory.js';
import { Pending } from './pending.js';

export const BACKEND = 'cohear';

/** What the values of a tensor of numbers lie in, by dtype: float32, int32, bool. */
export type Numbers = Float32Array | Int32Array | Uint8Array;

const isNumbers = (values: unknown): values is Numbers =>
  values instanceof Float32Array || values instanceof Int32Array || values instanceof Uint8Array;

type Values = Parameters<MathBackendCPU['write']>[0];

/** Arrays of more bytes are used where they lie when a tensor is made of them, smaller ones copied. */
const LARGEST_COPY = 64 << 20;

/**
 * The tfjs backend of cohear: tfjs's own CPU backend, whose kernels it inherits one by one, with the hot ones
 * replaced by native ones (kernels/), elementwise ones computed together when their result is looked at (fusion.ts),
 * and the memory of outputs reused (memory.ts).
 */
export class CohearBackend extends MathBackendCPU {
  readonly pool = new BufferPool();
  readonly fusion = new Fusion(this.pool, this.data);

  constructor() {
    super();
    // Silences "install our node backend": this is one.
    (this as unknown as { firstUse: boolean }).firstUse = false;
  }

  /** What a user hands in; kernels' results come through makeTensorInfo. */
  override write(values: Values, shape: number[], dtype: tf.DataType): object {
    let own = values;
    if (
      values instanceof Float32Array &&
      values.byteLength >= SMALLEST &&
      values.byteLength <= LARGEST_COPY
    ) {
      // The user may change the array, and fusion looks at values late.
      own = this.pool.float32(values.length);
      own.set(values);
    }
    this.#retain(own);
    return super.write(own, shape, dtype);
  }

  override makeTensorInfo(shape: number[], dtype: tf.DataType, values?: Values | string[]): tf.TensorInfo {
    if (!isNumbers(values)) return super.makeTensorInfo(shape, dtype, values);
    this.#retain(values);
    return { dataId: super.write(values, shape, dtype), shape, dtype };
  }

  override incRef(dataId: object): void {
    super.incRef(dataId);
    const data = this.data.get(dataId) as unknown;
    if (data instanceof Pending) data.wanted = true;
  }

  override move(dataId: object, values: Values, shape: number[], dtype: tf.DataType, refCount: number): void {
    this.#retain(values);
    super.move(dataId, values, shape, dtype, refCount);
  }

  /**
   * The live array, as in the inherited backend; from here on its memory is the reader's too. What is small in a
   * large buffer (a loss, a slice) is copied instead, so that the buffer is not lost to it.
   */
  override readSync(dataId: object): Values {
    const { values, complexTensorInfos } = this.data.get(dataId);
    if (!complexTensorInfos && isNumbers(values)) {
      if (values.byteLength * 4 <= values.buffer.byteLength) return values.slice();
      this.fusion.computeReadersOf(values.buffer);
      this.pool.escape(values.buffer);
    }
    return super.readSync(dataId);
  }

  /** For tf.memory(): beside tfjs's own counts, which are exact, what lies in the pool and what is yet to be computed. */
  override memory(): { unreliable: boolean; reasons: string[]; pool: PoolUse; pendingBytes: number } {
    const pendingBytes = this.fusion.pendingBytes;
    return { unreliable: false, reasons: [], pool: this.pool.use, pendingBytes };
  }

  override disposeData(dataId: object, force = false): boolean {
    if (!this.data.has(dataId)) return true;
    const data = this.data.get(dataId) as Pending | { values?: Values };
    const gone = super.disposeData(dataId, force);
    if (!gone) return false;
    if (data instanceof Pending) {
      data.refCount = 0;
      data.drop();
    } else if (ArrayBuffer.isView(data.values)) {
      this.pool.release(data.values.buffer);
    }
    return true;
  }

  /** For tf.time() and tf.profile(): all that `f` leaves to be computed is its work, too. */
  override async time(f: () => void): Promise<tf.BackendTimingInfo> {
    return super.time(() => {
      f();
      this.fusion.computeAll();
    });
  }

  /** The values of a float32 tensor, or null when it holds anything else. For kernels: read, never keep. */
  floats(tensor: tf.TensorInfo): Float32Array | null {
    if (tensor.dtype !== 'float32') return null;
    const values = this.data.get(tensor.dataId).values;
    return values instanceof Float32Array ? values : null;
  }

  /** Whether {@link floats} gives values, without computing any. */
  holdsFloats(tensor: tf.TensorInfo): boolean {
    if (tensor.dtype !== 'float32') return false;
    const data = this.data.get(tensor.dataId) as unknown;
    return data instanceof Pending || this.floats(tensor) !== null;
  }

  /** The values of an int32 tensor, or null. */
  integers(tensor: tf.TensorInfo): Int32Array | null {
    if (tensor.dtype !== 'int32') return null;
    const values = this.data.get(tensor.dataId).values;
    return values instanceof Int32Array ? values : null;
  }

  /** The values of a float32, int32 or bool tensor, or null. */
  numbers(tensor: tf.TensorInfo): Numbers | null {
    const { values, complexTensorInfos } = this.data.get(tensor.dataId);
    return !complexTensorInfos && isNumbers(values) ? values : null;
  }

  /** An array of the kind of `values` with arbitrary content, for a kernel to write all of. */
  like<T extends Numbers>(values: T, length: number): T {
    if (values instanceof Uint8Array) return new Uint8Array(length) as T;
    return (values instanceof Int32Array ? this.pool.int32(length) : this.pool.float32(length)) as T;
  }

  /** A float32 tensor over an array from {@link BufferPool.float32}. */
  output(shape: number[], values: Float32Array | Int32Array): tf.TensorInfo {
    return this.makeTensorInfo(shape, values instanceof Int32Array ? 'int32' : 'float32', values);
  }

  #retain(values: Values): void {
    if (ArrayBuffer.isView(values)) this.pool.retain(values.buffer);
  }
}

/** The backend of the running computation, or null while another one (cpu, tensorflow) is set. */
export function cohearBackend(): CohearBackend | null {
  const backend = tf.backend();
  return backend instanceof CohearBackend ? backend : null;
}

/**
 * Bounds the memory that the backend keeps for its next results: free buffers of at most `bytes` together (default
 * 1 GiB; 0 keeps none). What tensors hold does not count. tf.memory().pool tells what is kept.
 * @throws CohearError ERR_RANGE, ERR_MISSING when another backend is set
 */
export function setMemoryLimit(bytes: number): void {
  const backend = cohearBackend();
  if (backend === null) throw new CohearError('ERR_MISSING', "setMemoryLimit: want tf.setBackend('cohear')");
  backend.pool.limitBytes = bytes;
}
