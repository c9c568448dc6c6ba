import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { matrix } from '../../lib/artifacts/index.js';
import { setThreads, threads } from '../../lib/native/index.js';
import { quantise, sifWeights } from '../../lib/text/distill.js';
import { distill, staticEncoder } from '../../lib/text/index.js';
import { principalComponents } from '../../lib/text/principal-components.js';
import { TABLE, VOCABULARY, wordPieceTokenizer, writeTinyModel } from './tiny-model.js';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'cohear-distill-'))));
afterEach(() => rm(folder, { recursive: true }));

describe('sifWeights', () => {
  it('follows the formula over the tokens that count', () => {
    const harmonic = 1 + 1 / 2 + 1 / 3;
    const weight = (rank: number) => 1e-4 / (1e-4 + 1 / (rank * harmonic));
    expect([...sifWeights([false, true, true, false, true])]).toEqual([
      0,
      weight(1),
      weight(2),
      0,
      weight(3),
    ]);
  });
});

describe('quantise', () => {
  it('keeps a row within half a step, zeros as zeros', () => {
    const rows = matrix(3, 2, Float32Array.of(0.5, -1, 0, 0, 3, 0.011));
    const { rows: values, scales } = quantise(rows, Float64Array.of(1, 1, 2));
    expect([...values]).toEqual([64, -127, 0, 0, 127, 0]);
    expect(scales[1]).toBe(0);
    expect(scales[2]).toBeCloseTo(6 / 127, 7);
  });
});

describe('distill', () => {
  it('passes each token through the model between its special tokens', async () => {
    await writeTinyModel(folder, { tokenizer: wordPieceTokenizer(VOCABULARY) });
    const out = join(folder, 'table.safetensors');
    const seen: number[] = [];
    const table = await distill(
      { model: folder, out, dimension: 3 },
      { onProgress: ({ done }) => seen.push(done) },
    );
    expect(seen.at(-1)).toBe(VOCABULARY.length);
    expect(table.vocabulary.split('\n')).toEqual(VOCABULARY);
    const at = (id: number, d: number) => TABLE[id * 4 + d]!;
    const vectors = matrix(VOCABULARY.length, 4);
    VOCABULARY.forEach((_, id) => {
      const sum = [0, 1, 2, 3].map((d) => at(2, d) + at(id, d) + at(3, d)); // [CLS] token [SEP]
      vectors.data.set(
        sum.map((v) => v / Math.hypot(...sum)),
        id * 4,
      );
    });
    const counts = VOCABULARY.map((token) => !token.startsWith('['));
    const want = principalComponents(vectors, 3, (id) => counts[id]!);
    const weights = sifWeights(counts);
    VOCABULARY.forEach((_, id) => {
      for (let d = 0; d < 3; d++)
        expect(table.rows[id * 3 + d]! * table.scales[id]!).toBeCloseTo(
          want.data[id * 3 + d]! * weights[id]!,
          3,
        );
    });
    const encoder = await staticEncoder({ table: out, hashed: 8 });
    expect((await encoder.encode(['Tea cup'])).data.every(Number.isFinite)).toBe(true);
  });

  it('writes the same bytes at any thread count', async () => {
    await writeTinyModel(folder, { tokenizer: wordPieceTokenizer(VOCABULARY) });
    const before = threads();
    const files = [];
    for (const count of [1, 2, 7]) {
      setThreads(count);
      const out = join(folder, `table-${count}.safetensors`);
      await distill({ model: folder, out, dimension: 2 }).finally(() => setThreads(before));
      files.push(await readFile(out));
    }
    expect(files[1]).toEqual(files[0]);
    expect(files[2]).toEqual(files[0]);
  });

  it('refuses a tokenizer that it cannot stand in for, a dimension the model has not, and stops', async () => {
    const out = join(folder, 'table.safetensors');
    await writeTinyModel(folder);
    await expect(distill({ model: folder, out, dimension: 2 })).rejects.toMatchObject({
      code: 'ERR_FORMAT',
      message: expect.stringMatching(/uncased WordPiece.*got WordLevel/),
    });
    await writeTinyModel(folder, { tokenizer: wordPieceTokenizer(VOCABULARY) });
    for (const dimension of [0, 5, 1.5])
      await expect(distill({ model: folder, out, dimension })).rejects.toMatchObject({ code: 'ERR_RANGE' });
    await expect(
      distill({ model: folder, out, dimension: 2 }, { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'ERR_CANCELLED' });
    await expect(readFile(out)).rejects.toThrow('ENOENT');
    await expect(distill({ model: join(folder, 'none'), out })).rejects.toMatchObject({
      code: 'ERR_MISSING',
    });
  });
});
