import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { matrix } from '../../lib/artifacts/index.js';
import { TEXTS_AT_ONCE } from '../../lib/text/cache.js';
import { cachedEncode, type TextEncoder } from '../../lib/text/index.js';
import { slowHashing } from './slow-hashing.js';

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'cohear-cache-'))));
afterEach(() => rm(folder, { recursive: true }));

/**
 * An encoder whose rows depend on the batch they are in (the worst an encoder may do), which counts what it is
 * asked and dies in call `dieIn`.
 */
function batchDependent(dieIn = Infinity) {
  const calls: string[][] = [];
  const encoder: TextEncoder = {
    name: 'test',
    dimension: 2,
    fingerprint: 'test-1',
    async encode(texts) {
      calls.push([...texts]);
      if (calls.length >= dieIn) throw new Error('killed');
      const sum = texts.reduce((a, t) => a + t.length, 0);
      return matrix(texts.length, 2, Float32Array.from(texts.flatMap((t) => [t.length, sum])));
    },
  };
  return { encoder, calls };
}

const many = Array.from(
  { length: 2 * TEXTS_AT_ONCE + 300 },
  (_, i) => `text ${'x'.repeat((i * 7919) % 50)} ${i}`,
);
const files = async () =>
  (await readdir(folder, { recursive: true })).filter((f) => f.endsWith('.rows')).map((f) => join(folder, f));

describe('cachedEncode', () => {
  it('gives what the encoder gives, encodes equal texts once and nothing twice', async () => {
    const texts = ['tea', 'cup', 'tea', '', 'spoon', ' ', 'cup'];
    const plain = slowHashing();
    const asked: string[] = [];
    const encoder = {
      ...plain,
      encode(t: readonly string[]) {
        asked.push(...t);
        return plain.encode(t);
      },
    };
    const want = await plain.encode(texts);
    expect(await cachedEncode(encoder, texts, { folder })).toEqual(want);
    expect(asked.toSorted()).toEqual(['cup', 'spoon', 'tea']);
    expect(await cachedEncode(encoder, texts.toReversed(), { folder })).toEqual(
      await plain.encode(texts.toReversed()),
    );
    expect(asked).toHaveLength(3);
    await cachedEncode(encoder, ['tea', 'plate'], { folder });
    expect(asked.slice(3)).toEqual(['plate']);
  });

  it('resumes after a failure with the bits of a run that never failed, and loses one call at most', async () => {
    const whole = await cachedEncode(batchDependent().encoder, many, { folder: join(folder, 'whole') });
    const cut = { folder: join(folder, 'cut') };
    await expect(cachedEncode(batchDependent(3).encoder, many, cut)).rejects.toThrow('killed');
    const again = batchDependent();
    expect(await cachedEncode(again.encoder, many, cut)).toEqual(whole);
    expect(again.calls.map((c) => c.length)).toEqual([300]);
  });

  it('does not depend on the order of the texts', async () => {
    const a = await cachedEncode(batchDependent().encoder, many, { folder: join(folder, 'a') });
    const b = await cachedEncode(batchDependent().encoder, many.toReversed(), { folder: join(folder, 'b') });
    many.forEach((_, i) => {
      const j = many.length - 1 - i;
      expect(b.data[2 * j + 1]).toBe(a.data[2 * i + 1]);
    });
  });

  it('keeps encoders apart by fingerprint', async () => {
    const texts = ['tea', 'cup'];
    await cachedEncode(slowHashing({ dimension: 32 }), texts, { folder });
    const other = slowHashing({ dimension: 32, seed: 9 });
    expect(await cachedEncode(other, texts, { folder })).toEqual(await other.encode(texts));
    expect(await files()).toHaveLength(2);
  });

  it('keeps each batch that an encoder tells of, and nothing twice', async () => {
    const plain = { ...slowHashing({ dimension: 8 }), textsAtOnce: TEXTS_AT_ONCE };
    const asked: string[] = [];
    const inBatches = (dieIn: number): TextEncoder => ({
      ...plain,
      async encode(texts, work) {
        const whole = await plain.encode(texts);
        for (let at = texts.length - 10, batch = 0; at >= 0; at -= 10, batch++) {
          if (batch === dieIn) throw new Error('killed');
          const places = Array.from({ length: 10 }, (_, i) => at + i);
          asked.push(...places.map((place) => texts[place]!));
          work?.onRows?.(places, whole.data.slice(at * 8, (at + 10) * 8));
        }
        return whole;
      },
    });
    const texts = many.slice(0, 1000);
    await expect(cachedEncode(inBatches(7), texts, { folder })).rejects.toThrow('killed');
    expect(asked).toHaveLength(70);
    expect(await cachedEncode(inBatches(Infinity), texts, { folder })).toEqual(await plain.encode(texts));
    expect(asked.toSorted()).toEqual(texts.toSorted());
    expect(await files()).toHaveLength(2);
  });

  it.each([
    [
      'a flipped bit',
      (b: Buffer) => Buffer.from(b.map((v, i) => (i === b.length - 5 ? v ^ 4 : v))),
      1,
      [/1 records have a wrong checksum/],
    ],
    ['a record cut off', (b: Buffer) => b.subarray(0, b.length - 7), 1, []],
    ['only half its first line', (b: Buffer) => b.subarray(0, 20), 3, []],
    ['nothing in it', () => Buffer.alloc(0), 3, []],
    ['something else in it', () => Buffer.alloc(4096, 'not a log at all'), 3, [/no log of this encoder/]],
  ])('passes over a log with %s, and encodes again what it held', async (_, damage, calls, why) => {
    const want = await cachedEncode(slowHashing({ dimension: 8 }), many, { folder });
    const [first] = await files();
    await writeFile(first!, damage(await readFile(first!)));
    const warnings: string[] = [];
    const plain = { ...slowHashing({ dimension: 8 }), textsAtOnce: TEXTS_AT_ONCE };
    let asked = 0;
    const encoder: TextEncoder = {
      ...plain,
      encode(texts) {
        asked++;
        return plain.encode(texts);
      },
    };
    const onWarning = (text: string) => warnings.push(text);
    expect(await cachedEncode(encoder, many, { folder, onWarning })).toEqual(want);
    expect(asked).toBe(calls);
    expect(warnings).toEqual(why.map((words) => expect.stringMatching(words)));
    await cachedEncode(encoder, many, { folder, onWarning });
    expect(asked).toBe(calls);
  });

  it('may be shared by writers at the same time', async () => {
    const encoder = { ...slowHashing({ dimension: 8 }), textsAtOnce: TEXTS_AT_ONCE };
    const want = await encoder.encode(many);
    const runs = await Promise.all([1, 2, 3].map(() => cachedEncode(encoder, many, { folder })));
    for (const rows of runs) expect(rows).toEqual(want);
    const nothing = { ...encoder, encode: () => Promise.reject(new Error('asked again')) };
    expect(await cachedEncode(nothing, many, { folder })).toEqual(want);
  });

  it('stops with what is done kept, and reports progress over all of them', async () => {
    const stop = new AbortController();
    const plain = { ...slowHashing({ dimension: 8 }), textsAtOnce: TEXTS_AT_ONCE };
    const run = cachedEncode(plain, many, {
      folder,
      signal: stop.signal,
      onProgress: ({ done, total }) => {
        expect(total).toBe(many.length);
        if (done >= 2 * TEXTS_AT_ONCE) stop.abort();
      },
    });
    await expect(run).rejects.toMatchObject({ code: 'ERR_CANCELLED' });
    const rest: (number | undefined)[] = [];
    await cachedEncode(plain, many, { folder, onProgress: ({ total }) => rest.push(total) });
    expect(rest.at(-1)).toBe(many.length - 2 * TEXTS_AT_ONCE);
  });

  it('says which folder cannot be written', async () => {
    await writeFile(join(folder, 'file'), '');
    const run = cachedEncode(slowHashing(), ['a'], { folder: join(folder, 'file') });
    await expect(run).rejects.toMatchObject({
      code: 'ERR_IO',
      message: expect.stringContaining(join(folder, 'file')),
    });
  });

  it('names an encoder that gives another shape than it says', async () => {
    const liar = { ...slowHashing(), dimension: 3 };
    await expect(cachedEncode(liar, ['a'], { folder })).rejects.toMatchObject({ code: 'ERR_SHAPE' });
  });
});
