import type { NamedTensor } from '../artifacts/index.js';
import { require } from '../errors/index.js';

type Tensors = Record<string, NamedTensor>;

/**
 * Puts a text column into tensors as its UTF-8 bytes end to end, their offsets [rows + 1], and which rows are
 * null. JSON would end at 512 MB, the longest string of V8.
 */
export function packTexts(tensors: Tensors, key: string, texts: readonly (string | null)[]): void {
  const offsets = new BigUint64Array(texts.length + 1);
  const missing = new Uint8Array(texts.length);
  let size = 0;
  texts.forEach((text, i) => {
    if (text === null) missing[i] = 1;
    else size += Buffer.byteLength(text);
    offsets[i + 1] = BigInt(size);
  });
  const bytes = Buffer.allocUnsafeSlow(size);
  texts.forEach((text, i) => {
    if (text !== null) bytes.write(text, Number(offsets[i]!));
  });
  tensors[`${key}.bytes`] = { data: new Uint8Array(bytes.buffer, 0, size), shape: [size] };
  tensors[`${key}.offsets`] = { data: offsets, shape: [offsets.length] };
  tensors[`${key}.null`] = { data: missing, shape: [missing.length] };
}

/** The column that {@link packTexts} put. @throws CohearError ERR_FORMAT when its parts do not fit each other */
export function unpackTexts(tensors: Tensors, key: string, where: string): (string | null)[] {
  const bytes = tensors[`${key}.bytes`]?.data;
  const offsets = tensors[`${key}.offsets`]?.data;
  const missing = tensors[`${key}.null`]?.data;
  require(bytes instanceof Uint8Array &&
    offsets instanceof BigUint64Array &&
    missing instanceof Uint8Array &&
    offsets.length === missing.length + 1 &&
    offsets[0] === 0n &&
    offsets[missing.length] === BigInt(bytes.length) &&
    offsets.every((offset, i) => i === 0 || offset >= offsets[i - 1]!), 'ERR_FORMAT', () =>
    `${where}: the text column ${key} is damaged`);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from(missing, (isNull, i) =>
    isNull ? null : buffer.toString('utf8', Number(offsets[i]!), Number(offsets[i + 1]!)),
  );
}
