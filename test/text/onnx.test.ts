import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { row } from '../../lib/artifacts/index.js';
import { setThreads, threads } from '../../lib/native/index.js';
import { type OnnxOptions, onnxEncoder, type TextEncoder } from '../../lib/text/index.js';
import { gatherModel, TABLE, VOCABULARY, writeTinyModel } from './tiny-model.js';

let folder: string;
const opened: TextEncoder[] = [];
const before = threads();
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cohear-onnx-'));
  await writeTinyModel(folder);
});
afterEach(async () => {
  setThreads(before);
  await Promise.all(opened.splice(0).map((encoder) => encoder.close?.()));
  await rm(folder, { recursive: true });
});
async function open(options: Partial<OnnxOptions> = {}): Promise<TextEncoder> {
  const encoder = await onnxEncoder({ folder, ...options });
  opened.push(encoder);
  return encoder;
}

/** The definition: mean (or first) of the table's rows over [CLS] words [SEP], cut to `limit`, unit length. */
function reference(text: string, limit = 64, pooling: 'mean' | 'cls' = 'mean'): number[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .slice(0, limit - 2);
  if (words.length === 0) return [0, 0, 0, 0];
  const tokens = ['[CLS]', ...words.map((w) => (VOCABULARY.includes(w) ? w : '[UNK]')), '[SEP]'];
  const used = pooling === 'mean' ? tokens : tokens.slice(0, 1);
  const sum = [0, 1, 2, 3].map((d) => used.reduce((s, t) => s + TABLE[VOCABULARY.indexOf(t) * 4 + d]!, 0));
  return sum.map((v) => v / Math.hypot(...sum));
}

const texts = Array.from({ length: 300 }, (_, i) =>
  Array.from({ length: i % 9 }, (_, j) => VOCABULARY[4 + ((i * 5 + j * 3) % 6)]).join(' '),
);

describe('onnxEncoder', () => {
  it('pools the mean over the tokens to unit length; an empty text is a zero row', async () => {
    const rows = await (await open()).encode(texts);
    texts.forEach((text, r) => {
      const want = reference(text);
      row(rows, r).forEach((v, d) => {
        expect(v).toBeCloseTo(want[d]!, 5);
      });
    });
    expect((await (await open()).encode([])).rows).toBe(0);
  });

  it('cuts at maxTokens with [SEP] kept, whatever limit the tokenizer file has; pools [CLS] on request', async () => {
    const long = Array(100).fill('tea').join(' ');
    for (const [options, want] of [
      [{ maxTokens: 5 }, reference(long, 5)],
      [{}, reference(long, 64)],
      [{ pooling: 'cls' }, reference(long, 64, 'cls')],
    ] as const)
      expect(
        [...row(await (await open(options)).encode([long]), 0)].map((v, d) => Math.abs(v - want[d]!) < 1e-5),
      ).toEqual([true, true, true, true]);
  });

  it('gives the same bits at 1, 2 and 7 threads, and for calls at the same time', async () => {
    const encoder = await open();
    const results = [];
    for (const count of [1, 2, 7]) {
      setThreads(count);
      results.push(...(await Promise.all([encoder.encode(texts), encoder.encode(texts)])));
    }
    for (const result of results) expect(result).toEqual(results[0]);
  });

  it('has a fingerprint that follows files and settings, not the folder', async () => {
    const { fingerprint } = await open();
    expect((await open()).fingerprint).toBe(fingerprint);
    expect((await open({ maxTokens: 9 })).fingerprint).not.toBe(fingerprint);
    expect((await open({ pooling: 'cls' })).fingerprint).not.toBe(fingerprint);
    await writeFile(
      join(folder, 'onnx/model.onnx'),
      gatherModel(
        TABLE.map((v) => -v),
        4,
      ),
    );
    expect((await open()).fingerprint).not.toBe(fingerprint);
  });

  it('names what is missing and what to put there', async () => {
    await rm(join(folder, 'tokenizer.json'));
    await rm(join(folder, 'onnx'), { recursive: true });
    await expect(open()).rejects.toMatchObject({
      code: 'ERR_MISSING',
      message: expect.stringMatching(/lacks tokenizer\.json, onnx\/model\.onnx or .*Put there/),
    });
    await expect(open({ folder: join(folder, 'none') })).rejects.toMatchObject({ code: 'ERR_MISSING' });
    await expect(open({ model: 'other.onnx' })).rejects.toMatchObject({
      message: expect.stringContaining('other.onnx'),
    });
  });

  it('says which file is not what it should be', async () => {
    const format = (message: RegExp) => ({ code: 'ERR_FORMAT', message: expect.stringMatching(message) });
    for (const [model, why] of [
      [Buffer.from('junk'), /not a usable sentence encoder/],
      [gatherModel(new Float32Array(80), 8), /\[1,\d+,8\], want float32 \[1,\d+,4\]/],
    ] as const) {
      await writeFile(join(folder, 'onnx/model.onnx'), model);
      const encoder = await open();
      await expect(encoder.encode(['tea'])).rejects.toMatchObject(format(why));
      await expect(encoder.encode(['tea'])).rejects.toMatchObject(format(why)); // and does not hang the second time
    }
    await writeFile(join(folder, 'tokenizer.json'), '{}');
    await expect(open()).rejects.toMatchObject(format(/tokenizer\.json/));
    await writeFile(join(folder, 'config.json'), '{"hidden_size": "wide"}');
    await expect(open()).rejects.toMatchObject(format(/config\.json.*hidden_size/));
  });

  it.each([2, 65, 7.5])('refuses maxTokens %d', async (maxTokens) => {
    await expect(open({ maxTokens })).rejects.toMatchObject({ code: 'ERR_RANGE' });
  });

  it('stops on request, can go on, and is closed for good by close()', async () => {
    setThreads(2);
    const encoder = await open();
    const stop = new AbortController();
    const run = encoder.encode(texts, {
      signal: stop.signal,
      onProgress: ({ done }) => done > 40 && stop.abort(),
    });
    await expect(run).rejects.toMatchObject({ code: 'ERR_CANCELLED' });
    const seen: number[] = [];
    await encoder.encode(texts, { onProgress: ({ done }) => seen.push(done) });
    expect(seen.at(-1)).toBe(texts.length);
    await encoder.close?.();
    await encoder.close?.();
    await expect(encoder.encode(['tea'])).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  });
});
