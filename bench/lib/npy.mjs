import { readFileSync } from 'node:fs';

/** The numbers of a .npy file; int64 comes as the numbers' low 32 bits (rows, times, positions below 2^32). */
export function readNpy(path) {
  const file = readFileSync(path);
  const length = file[6] === 1 ? file.readUInt16LE(8) : file.readUInt32LE(8);
  const begin = (file[6] === 1 ? 10 : 12) + length;
  const header = file.toString('latin1', 10, begin);
  const type = /'descr': '(<\w\d)'/.exec(header)?.[1];
  const data = file.buffer.slice(file.byteOffset + begin, file.byteOffset + file.length);
  if (type === '<f4') return new Float32Array(data);
  if (type === '<i4') return new Uint32Array(data);
  if (type !== '<i8') throw new Error(`${path}: want float32, int32 or int64, got ${type}`);
  const words = new Uint32Array(data);
  const low = new Uint32Array(words.length / 2);
  for (let i = 0; i < low.length; i++) low[i] = words[2 * i];
  return low;
}
