import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { row, writeSafetensors } from '../../lib/artifacts/index.js';
import { setThreads, threads } from '../../lib/native/index.js';
import { hashingEncoder, staticEncoder, writeStaticTable } from '../../lib/text/index.js';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'cohear-static-'))));
afterEach(() => rm(folder, { recursive: true }));

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, v, i) => sum + v * b[i]!, 0);

async function table(): Promise<string> {
  const path = join(folder, 'table.safetensors');
  await writeStaticTable(path, {
    vocabulary: '[UNK]\ntea\ncup\n##s',
    dimension: 2,
    rows: Int8Array.of(0, 0, 3, 4, -4, 3, 127, 0),
    scales: Float32Array.of(0, 1, 1, 0.1),
    about: {},
  });
  return path;
}

describe('staticEncoder', () => {
  it('sums the vectors of the tokens to unit length, beside the hashed part', async () => {
    const plain = await staticEncoder({ table: await table(), hashed: 0 });
    expect([plain.name, plain.dimension]).toEqual(['static', 2]);
    const rows = await plain.encode(['tea', 'TEA cups', '', 'zebra']);
    const [x, y] = [3 - 4 + 12.7, 4 + 3];
    const want = [0.6, 0.8, x / Math.hypot(x, y), y / Math.hypot(x, y), 0, 0, 0, 0];
    rows.data.forEach((value, i) => {
      expect(value).toBeCloseTo(want[i]!, 6);
    });
    const both = await staticEncoder({ table: await table(), hashed: 32 });
    const hashed = await hashingEncoder({ dimension: 32 }).encode(['tea']);
    const parts = [0.6, 0.8, ...row(hashed, 0)].map((value) => value * Math.SQRT1_2);
    row(await both.encode(['tea']), 0).forEach((value, i) => {
      expect(value).toBeCloseTo(parts[i]!, 6);
    });
    await plain.close?.();
    await plain.close?.();
    await expect(plain.encode(['tea'])).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  });

  it('built in, knows what words mean', async () => {
    const encoder = await staticEncoder();
    expect([encoder.name, encoder.dimension]).toEqual(['built-in', 320]);
    const rows = await encoder.encode([
      'couch for the living room',
      'sofa',
      'green tea',
      'black coffee',
      'sofa',
    ]);
    expect(dot(row(rows, 0), row(rows, 1))).toBeGreaterThan(dot(row(rows, 0), row(rows, 2)) + 0.1);
    expect(dot(row(rows, 2), row(rows, 3))).toBeGreaterThan(dot(row(rows, 1), row(rows, 3)) + 0.1);
    expect(row(rows, 4)).toEqual(row(rows, 1));
    for (let r = 0; r < rows.rows; r++) expect(Math.hypot(...row(rows, r))).toBeCloseTo(1, 6);
  });

  it('takes scripts that its vocabulary hardly spells: by their words and n-grams', async () => {
    const encoder = await staticEncoder();
    const rows = await encoder.encode([
      'зелёный чай с мятой',
      'чай зелёный',
      'кастрюля из стали',
      '绿茶',
      '🍵',
      '\ud800',
    ]);
    expect(dot(row(rows, 0), row(rows, 1))).toBeGreaterThan(dot(row(rows, 0), row(rows, 2)) + 0.1);
    expect(rows.data.every(Number.isFinite)).toBe(true);
  });

  it('gives the same bits at 1, 2 and 7 threads, over several chunks', async () => {
    const texts = Array.from(
      { length: 9000 },
      (_, i) => `cup ${i} of ${i % 3 ? 'thé' : 'tea'} no. ${i * 7919}`,
    );
    const encoder = await staticEncoder();
    const before = threads();
    try {
      const results = [];
      for (const count of [1, 2, 7]) {
        setThreads(count);
        results.push(await encoder.encode(texts));
      }
      const bytes = results.map(({ data }) => Buffer.from(data.buffer));
      for (const one of bytes) expect(one.equals(bytes[0]!)).toBe(true); // toEqual takes minutes on so many numbers
      expect(row(await encoder.encode([texts[8999]!]), 0)).toEqual(row(results[0]!, 8999));
    } finally {
      setThreads(before);
    }
  });

  it('has a fingerprint that follows the table and the width, not the path', async () => {
    const path = await table();
    const { fingerprint } = await staticEncoder({ table: path });
    expect((await staticEncoder({ table: path })).fingerprint).toBe(fingerprint);
    expect((await staticEncoder({ table: path, hashed: 8 })).fingerprint).not.toBe(fingerprint);
    expect((await staticEncoder()).fingerprint).not.toBe(fingerprint);
  });

  it('stops on request and reports progress', async () => {
    const encoder = await staticEncoder();
    await expect(encoder.encode(['a'], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ERR_CANCELLED',
    });
    const seen: number[] = [];
    await encoder.encode(Array(9000).fill('tea'), { onProgress: ({ done }) => seen.push(done) });
    expect(seen).toEqual([0, 8192, 9000]);
    expect((await encoder.encode([])).rows).toBe(0);
  });

  it('refuses other files and says what to do', async () => {
    await expect(staticEncoder({ table: join(folder, 'none') })).rejects.toMatchObject({
      code: 'ERR_MISSING',
      message: expect.stringMatching(/none.*cohear distill/),
    });
    const other = join(folder, 'other.safetensors');
    await writeSafetensors(other, { rows: { data: new Float32Array(2), shape: [1, 2] } });
    await expect(staticEncoder({ table: other })).rejects.toMatchObject({ code: 'ERR_FORMAT' });
    await writeFile(other, 'junk');
    await expect(staticEncoder({ table: other })).rejects.toMatchObject({ code: 'ERR_FORMAT' });
    await expect(staticEncoder({ hashed: -1 })).rejects.toMatchObject({ code: 'ERR_RANGE' });
  });
});
