import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { encodeToFile, hashingEncoder } from '../../lib/text/index.js';
import { slowHashing } from './slow-hashing.js';

let base: string;
beforeEach(async () => void (base = await mkdtemp(join(tmpdir(), 'cohear-encode-'))));
afterEach(() => rm(base, { recursive: true }));

const encoder = slowHashing({ dimension: 16 });
const texts = Array.from({ length: 3000 }, (_, i) => (i % 9 === 0 ? ' ' : `text ${i % 700}`));
const options = (storage: 'f32' | 'f16' | 'int8') => ({
  folder: join(base, 'cache'),
  path: join(base, `${storage}.safetensors`),
  storage,
});

it('writes the rows of all places, equal texts and empty ones too, fresh or from the cache', async () => {
  const want = (await encoder.encode(texts)).data;
  for (const _ of ['fresh', 'cached']) {
    using rows = await encodeToFile(encoder, texts, options('f32'));
    expect(rows.slice(0, texts.length).data).toEqual(want);
  }
  for (const [storage, most] of [
    ['f16', 2 ** -12],
    ['int8', 1 / 254 + 1e-6],
  ] as const) {
    using rows = await encodeToFile(encoder, texts, options(storage));
    const got = rows.slice(0, texts.length).data;
    expect(got.every((value, i) => Math.abs(value - want[i]!) <= most)).toBe(true);
  }
});

it('keeps nothing of an encoder that is quicker than the cache would be, and asks for texts one by one', async () => {
  const asked: number[] = [];
  const list = {
    length: texts.length,
    at(place: number) {
      asked.push(place);
      return texts[place];
    },
  };
  using rows = await encodeToFile(hashingEncoder({ dimension: 16 }), list, options('f32'));
  expect(rows.slice(0, texts.length).data).toEqual((await encoder.encode(texts)).data);
  expect(asked).toEqual(texts.map((_, place) => place));
  expect(await readdir(base)).toEqual(['f32.safetensors']);
});

it('leaves no file when it is stopped', async () => {
  const stopped = encodeToFile(encoder, texts, { ...options('f16'), signal: AbortSignal.abort() });
  await expect(stopped).rejects.toMatchObject({ code: 'ERR_CANCELLED' });
  expect(await readdir(base)).not.toContain('f16.safetensors');
  expect((await readdir(base)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});
