import { readFile } from 'node:fs/promises';
import { CohearError, require } from '../errors/index.js';
import { writeAtomic } from './files.js';

/** The element types that a safetensors file of ours holds. */
export type TensorArray =
  | Float64Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Uint32Array
  | Int32Array
  | Uint8Array;
export interface NamedTensor {
  readonly data: TensorArray;
  readonly shape: readonly number[];
}

const TYPES = {
  F64: Float64Array,
  U64: BigUint64Array,
  I64: BigInt64Array,
  F32: Float32Array,
  U32: Uint32Array,
  I32: Int32Array,
  U8: Uint8Array,
} as const;
type TypeName = keyof typeof TYPES;

const typeOf = (data: TensorArray): TypeName =>
  (Object.keys(TYPES) as TypeName[]).find((name) => data instanceof TYPES[name])!;

/**
 * Writes tensors and string metadata as one safetensors file, atomically. Tensors are laid out widest
 * element first (the format allows no holes, so this keeps each aligned), then by name.
 */
export async function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, NamedTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const names = Object.keys(tensors).sort((a, b) => {
    const width = tensors[b]!.data.BYTES_PER_ELEMENT - tensors[a]!.data.BYTES_PER_ELEMENT;
    return width !== 0 ? width : a < b ? -1 : 1;
  });
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const name of names) {
    const { data, shape } = tensors[name]!;
    const count = shape.reduce((a, b) => a * b, 1);
    require(count === data.length, 'ERR_SHAPE', () =>
      `${name}: shape [${shape}] holds ${count}, data ${data.length}`);
    header[name] = { dtype: typeOf(data), shape, data_offsets: [offset, (offset += data.byteLength)] };
  }
  let text = JSON.stringify(header);
  text += ' '.repeat((8 - (Buffer.byteLength(text) % 8)) % 8);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(Buffer.byteLength(text)), true);
  const chunks = names.map((name) => {
    const { data } = tensors[name]!;
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  });
  await writeAtomic(path, [length, Buffer.from(text), ...chunks]);
}

/**
 * Reads a safetensors file whole. Every size and offset is checked against the file.
 * @throws CohearError ERR_FORMAT when it is truncated, foreign or uses an element type not listed above
 */
export async function readSafetensors(
  path: string,
): Promise<{ tensors: Record<string, NamedTensor>; metadata: Record<string, string> }> {
  const bytes = await readFile(path);
  const bad = (why: string): never => {
    throw new CohearError('ERR_FORMAT', `${path}: ${why}; want a safetensors file written by cohear`);
  };
  if (bytes.length < 8) bad(`only ${bytes.length} bytes`);
  const headerLength = Number(bytes.readBigUInt64LE(0));
  if (!(headerLength <= bytes.length - 8))
    bad(`its header of ${headerLength} bytes does not fit ${bytes.length} bytes`);
  let header: Record<string, unknown> = {};
  try {
    header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength));
  } catch {
    bad('its header is not JSON');
  }
  const tensors: Record<string, NamedTensor> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const { dtype, shape, data_offsets } = value as {
      dtype: TypeName;
      shape: number[];
      data_offsets: [number, number];
    };
    const type = TYPES[dtype] ?? bad(`${name} has the unknown type ${dtype}`);
    const [begin, end] = Array.isArray(data_offsets) ? data_offsets : bad(`${name} has no offsets`);
    const count = Array.isArray(shape) ? shape.reduce((a, b) => a * b, 1) : bad(`${name} has no shape`);
    const from = 8 + headerLength + begin;
    if (
      !(
        begin >= 0 &&
        end - begin === count * type.BYTES_PER_ELEMENT &&
        8 + headerLength + end <= bytes.length
      )
    )
      bad(`${name} lies outside the file or has another size than its shape says`);
    const copy = bytes.buffer.slice(
      bytes.byteOffset + from,
      bytes.byteOffset + from + end - begin,
    ) as ArrayBuffer;
    tensors[name] = { data: new type(copy), shape };
  }
  return { tensors, metadata: (header.__metadata__ as Record<string, string>) ?? {} };
}
