import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  fingerprint,
  hashFile,
  readSafetensors,
  type TensorArray,
  writeAtomic,
  writeSafetensors,
} from '../../lib/artifacts/index.js';
import { codeOf } from '../code-of.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cohear-artifacts-'));
});
afterAll(() => rm(folder, { recursive: true }));

const tensors = () => ({
  bytes: { data: Uint8Array.of(1, 2, 3), shape: [3] },
  wide: { data: Float64Array.of(0.5, -1e300), shape: [2] },
  offsets: { data: BigUint64Array.of(0n, (1n << 64n) - 1n), shape: [2] },
  signed: { data: BigInt64Array.of(-5n), shape: [1] },
  matrix: { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] },
  rows: { data: Uint32Array.of(4_294_967_295), shape: [1] },
  ints: { data: Int32Array.of(-1), shape: [1, 1, 1] },
  none: { data: new Float32Array(0), shape: [0, 7] },
});

describe('safetensors', () => {
  it('gives back every type, shape and the metadata', async () => {
    const path = join(folder, 'all.safetensors');
    await writeSafetensors(path, tensors(), { kind: 'test', text: 'ünï "quoted"' });
    const read = await readSafetensors(path);
    expect(read.tensors).toEqual(tensors());
    expect(read.metadata).toEqual({ kind: 'test', text: 'ünï "quoted"' });
  });

  it('writes a view without the rest of its buffer', async () => {
    const path = join(folder, 'view.safetensors');
    const data = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
    await writeSafetensors(path, { view: { data, shape: [2] } });
    expect((await readSafetensors(path)).tensors.view!.data).toEqual(Float32Array.of(1, 2));
  });

  it('lays tensors out without holes, the widest first, each aligned', async () => {
    const path = join(folder, 'layout.safetensors');
    await writeSafetensors(path, tensors());
    const bytes = await readFile(path);
    const length = Number(bytes.readBigUInt64LE(0));
    expect(length % 8).toBe(0);
    const { __metadata__, ...header } = JSON.parse(bytes.toString('utf8', 8, 8 + length));
    const entries = Object.entries<{ data_offsets: [number, number] }>(header);
    let end = 0;
    for (const [name, { data_offsets }] of entries) {
      expect(data_offsets[0]).toBe(end);
      const { data } = (tensors() as Record<string, { data: TensorArray }>)[name]!;
      expect(data_offsets[0] % data.BYTES_PER_ELEMENT).toBe(0);
      end = data_offsets[1];
    }
    expect(bytes.length).toBe(8 + length + end);
  });

  it('refuses a shape that its data do not fill', async () => {
    const path = join(folder, 'shape.safetensors');
    const short = { data: new Float32Array(5), shape: [2, 3] };
    expect(await codeOf(() => writeSafetensors(path, { short }))).toBe('ERR_SHAPE');
  });

  const file = async (header: unknown, data = 8) => {
    const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    const path = join(folder, 'hostile.safetensors');
    await writeFile(path, Buffer.concat([length, text, Buffer.alloc(data)]));
    return path;
  };
  const one = (change: object) => ({ x: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...change } });

  it('reads the plain file that the hostile ones below are made from', async () => {
    const { tensors: read } = await readSafetensors(await file(one({})));
    expect(read).toEqual({ x: { data: new Float32Array(2), shape: [2] } });
  });

  it.each<[string, unknown]>([
    ['no JSON', '{"x"'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a string', '"x"'],
    ['an entry that is null', { x: null }],
    ['an entry that is a number', { x: 3 }],
    ['an unknown type', one({ dtype: 'F16' })],
    ['a type named like a method', one({ dtype: 'toString' })],
    ['no type', one({ dtype: undefined })],
    ['no shape', one({ shape: undefined })],
    ['a shape that is text', one({ shape: '2' })],
    ['a negative shape', one({ shape: [-1, -2] })],
    ['half a row', one({ shape: [0.5, 4] })],
    ['a shape of another size', one({ shape: [3] })],
    ['a shape beyond all numbers', one({ shape: [2 ** 52, 2 ** 52] })],
    ['no offsets', one({ data_offsets: undefined })],
    ['one offset', one({ data_offsets: [0] })],
    ['offsets that are text', one({ data_offsets: ['0', '8'] })],
    ['offsets before the data', one({ data_offsets: [-8, 0] })],
    ['offsets past the end', one({ data_offsets: [4, 12] })],
    ['offsets that fall', one({ data_offsets: [8, 0] })],
    ['metadata that are no object', { __metadata__: 7 }],
    ['metadata that are no strings', { __metadata__: { a: 1 } }],
  ])('refuses a header with %s', async (_, header) => {
    const path = await file(header);
    expect(await codeOf(() => readSafetensors(path))).toBe('ERR_FORMAT');
  });

  it('refuses a header longer than the file', async () => {
    for (const length of [9n, 1n << 40n, (1n << 64n) - 1n]) {
      const path = join(folder, 'long.safetensors');
      const bytes = Buffer.alloc(16);
      bytes.writeBigUInt64LE(length);
      await writeFile(path, bytes);
      expect(await codeOf(() => readSafetensors(path))).toBe('ERR_FORMAT');
    }
  });

  it('refuses the file cut anywhere', async () => {
    const path = join(folder, 'cut.safetensors');
    await writeSafetensors(path, tensors(), { kind: 'test' });
    const bytes = await readFile(path);
    for (let length = 0; length < bytes.length; length += 7) {
      await writeFile(path, bytes.subarray(0, length));
      expect(await codeOf(() => readSafetensors(path)), `${length} bytes`).toBe('ERR_FORMAT');
    }
  });

  it('reads or refuses, and never fails otherwise, whatever bytes change', async () => {
    const path = join(folder, 'changed.safetensors');
    await writeSafetensors(path, tensors(), { kind: 'test' });
    const bytes = await readFile(path);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), async (at, value) => {
        const changed = Buffer.from(bytes);
        changed[at] = value;
        await writeFile(path, changed);
        expect(['no error', 'ERR_FORMAT']).toContain(await codeOf(() => readSafetensors(path)));
      }),
      { numRuns: 200 },
    );
  });
});

describe('writeAtomic', () => {
  it('replaces a file and leaves nothing beside it', async () => {
    const path = join(folder, 'atomic', 'file');
    await expect(writeAtomic(path, 'no such folder')).rejects.toThrow();
    const there = join(folder, 'file');
    await writeAtomic(there, 'first');
    await writeAtomic(there, [Buffer.from('sec'), Buffer.from('ond')]);
    expect(await readFile(there, 'utf8')).toBe('second');
    expect((await readdir(folder)).filter((name) => name.startsWith('file'))).toEqual(['file']);
  });

  it('keeps the old file whole when the new one fails half way', async () => {
    const path = join(folder, 'kept');
    await writeAtomic(path, 'old');
    function* chunks() {
      yield Buffer.from('new, but');
      throw new Error('no more');
    }
    await expect(writeAtomic(path, chunks())).rejects.toThrow('no more');
    expect(await readFile(path, 'utf8')).toBe('old');
    expect((await readdir(folder)).filter((name) => name.startsWith('kept'))).toEqual(['kept']);
  });

  it('leaves one whole file of several writers', async () => {
    const path = join(folder, 'raced');
    const texts = Array.from({ length: 8 }, (_, i) => String(i).repeat(100_000));
    await Promise.all(texts.map((text) => writeAtomic(path, text)));
    expect(texts).toContain(await readFile(path, 'utf8'));
  });
});

describe('fingerprints', () => {
  it('do not depend on the order of keys, and do on everything else', () => {
    expect(fingerprint({ a: 1, b: [1, { c: 2, d: undefined }] })).toBe(
      fingerprint({ b: [1, { c: 2 }], a: 1 }),
    );
    const values = [
      {},
      [],
      null,
      0,
      '',
      'a',
      { a: 1 },
      { a: '1' },
      [1, 2],
      [2, 1],
      { a: { b: 1 } },
      { a: [1] },
    ];
    expect(new Set(values.map(fingerprint)).size).toBe(values.length);
  });

  it('of a file are the SHA-256 of its bytes', async () => {
    const path = join(folder, 'abc');
    await writeFile(path, 'abc');
    expect(await hashFile(path)).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});
