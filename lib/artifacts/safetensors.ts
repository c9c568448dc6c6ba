import { type FileHandle, open, readFile } from 'node:fs/promises';
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
  | Uint16Array
  | Int8Array
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
  F16: Uint16Array, // its bits: JavaScript has no such array everywhere
  I8: Int8Array,
  U8: Uint8Array,
} as const;
export type TensorType = keyof typeof TYPES;

const typeOf = (data: TensorArray): TensorType =>
  (Object.keys(TYPES) as TensorType[]).find((name) => data instanceof TYPES[name])!;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);

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
  const header = headerBytes(
    Object.fromEntries(
      names.map((name) => {
        const { data, shape } = tensors[name]!;
        const count = shape.reduce((a, b) => a * b, 1);
        require(count === data.length, 'ERR_SHAPE', () =>
          `${name}: shape [${shape}] holds ${count}, data ${data.length}`);
        return [name, { dtype: typeOf(data), shape, bytes: data.byteLength }];
      }),
    ),
    metadata,
  );
  const chunks = names.map((name) => {
    const { data } = tensors[name]!;
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  });
  await writeAtomic(path, [header, ...chunks]);
}

/** What stands before the tensors of a file, which follow in the order given here. */
export function headerBytes(
  tensors: Readonly<
    Record<string, { readonly dtype: TensorType; readonly shape: readonly number[]; readonly bytes: number }>
  >,
  metadata: Readonly<Record<string, string>> = {},
): Buffer {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors))
    header[name] = { dtype, shape, data_offsets: [offset, (offset += bytes)] };
  let text = JSON.stringify(header);
  text += ' '.repeat((8 - (Buffer.byteLength(text) % 8)) % 8);
  const whole = Buffer.alloc(8 + Buffer.byteLength(text));
  whole.writeBigUInt64LE(BigInt(whole.length - 8));
  whole.write(text, 8);
  return whole;
}

/** Where a tensor lies: `begin` counts from the start of the file, both in bytes. */
export interface TensorPlace {
  readonly dtype: TensorType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}
export interface SafetensorsHeader {
  readonly tensors: Readonly<Record<string, TensorPlace>>;
  readonly metadata: Readonly<Record<string, string>>;
}

const refuse = (path: string, why: string): never => {
  throw new CohearError('ERR_FORMAT', `${path}: ${why}; want a safetensors file written by cohear`);
};

/**
 * Reads a safetensors file whole. Every size and offset is checked against the file.
 * @throws CohearError ERR_FORMAT when it is truncated, foreign or uses an element type not listed above
 */
export async function readSafetensors(
  path: string,
): Promise<{ tensors: Record<string, NamedTensor>; metadata: Record<string, string> }> {
  const bytes = await readFile(path);
  const length = headerLength(path, bytes, bytes.length);
  const header = parseHeader(path, bytes.subarray(8, 8 + length), bytes.length);
  const tensors: Record<string, NamedTensor> = {};
  for (const [name, { dtype, shape, begin, end }] of Object.entries(header.tensors)) {
    const copy = bytes.buffer.slice(bytes.byteOffset + begin, bytes.byteOffset + end) as ArrayBuffer;
    tensors[name] = { data: new TYPES[dtype](copy), shape };
  }
  return { tensors, metadata: { ...header.metadata } };
}

/**
 * Reads where the tensors of a safetensors file lie, and its metadata, without reading the tensors.
 * @throws CohearError ERR_IO when it cannot be read, ERR_FORMAT as {@link readSafetensors}
 */
export async function readSafetensorsHeader(path: string): Promise<SafetensorsHeader> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const { size } = await file.stat();
    const start = Buffer.alloc(Math.min(8, size));
    await file.read(start, 0, start.length, 0);
    const text = Buffer.alloc(headerLength(path, start, size));
    const { bytesRead } = await file.read(text, 0, text.length, 8);
    return parseHeader(path, text.subarray(0, bytesRead), size);
  } catch (cause) {
    if (cause instanceof CohearError) throw cause;
    throw new CohearError('ERR_IO', `${path} cannot be read: ${(cause as Error).message}`, { cause });
  } finally {
    await file?.close();
  }
}

/** The format's own limit; no foreign file shall make us allocate more. */
const MOST_HEADER = 100_000_000;

function headerLength(path: string, start: Buffer, size: number): number {
  if (start.length < 8) refuse(path, `only ${size} bytes`);
  const length = Number(start.readBigUInt64LE(0));
  if (!(length <= size - 8 && length <= MOST_HEADER))
    refuse(path, `its header of ${length} bytes does not fit ${size} bytes`);
  return length;
}

function parseHeader(path: string, text: Buffer, size: number): SafetensorsHeader {
  const bad = (why: string): never => refuse(path, why);
  let header: unknown;
  try {
    header = JSON.parse(text.toString('utf8'));
  } catch {
    bad('its header is not JSON');
  }
  if (!isRecord(header)) return bad('its header is no JSON object');
  const { __metadata__: metadata = {}, ...entries } = header;
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string'))
    bad('its metadata are not strings by name');
  const tensors: Record<string, TensorPlace> = {};
  for (const [name, value] of Object.entries(entries)) {
    if (!isRecord(value)) return bad(`${name} is no JSON object`);
    const { dtype, shape, data_offsets: offsets } = value;
    if (typeof dtype !== 'string' || !Object.hasOwn(TYPES, dtype))
      bad(`${name} has the unknown type ${dtype}`);
    if (!isSizes(shape)) return bad(`${name} has no shape`);
    if (!isSizes(offsets) || offsets.length !== 2) return bad(`${name} has no offsets`);
    const [begin, end] = (offsets as [number, number]).map((offset) => 8 + text.length + offset) as [
      number,
      number,
    ];
    const count = shape.reduce((x, y) => x * y, 1);
    if (end - begin !== count * TYPES[dtype as TensorType].BYTES_PER_ELEMENT || end > size)
      bad(`${name} lies outside the file or has another size than its shape says`);
    tensors[name] = { dtype: dtype as TensorType, shape, begin, end };
  }
  return { tensors, metadata: metadata as Record<string, string> };
}
