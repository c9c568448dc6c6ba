import fc from 'fast-check';
import { Tokenizer } from 'tokenizers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors } from '../../lib/artifacts/index.js';
import { addon } from '../../lib/native/index.js';
import { openStaticTable } from '../../lib/text/index.js';
import { packTexts } from '../../lib/text/packed.js';
import { BUILT_IN_TABLE } from '../../lib/text/static.js';
import { wordPieceTokenizer } from './tiny-model.js';

let tokens: string[];
let table: Awaited<ReturnType<typeof openStaticTable>>['handle'];
let theirs: Tokenizer;
beforeAll(async () => {
  const { tensors } = await readSafetensors(BUILT_IN_TABLE);
  tokens = Buffer.from(tensors.vocabulary!.data as Uint8Array)
    .toString()
    .split('\n');
  table = (await openStaticTable(BUILT_IN_TABLE)).handle;
  theirs = Tokenizer.fromString(JSON.stringify(wordPieceTokenizer(tokens)));
});
afterAll(() => table.close());

/** Ids of ours and of Hugging Face's own tokenizer, special tokens left out of both. */
async function both(texts: string[]): Promise<[number[][], number[][]]> {
  const { offsets, ids } = addon.wordPieceIds(table, packTexts(texts));
  const ours = texts.map((_, i) => [...ids.subarray(Number(offsets[i]), Number(offsets[i + 1]))]);
  const encodings = await theirs.encodeBatch(texts, { addSpecialTokens: false });
  return [ours, encodings.map((encoding) => [...encoding.getIds()])];
}

describe('the native WordPiece', () => {
  it('cuts as BERT does', () => {
    const read = (text: string) =>
      [...addon.wordPieceIds(table, packTexts([text])).ids].map((id) => tokens[id]);
    expect(read('Unaffable embeddings')).toEqual(['una', '##ffa', '##ble', 'em', '##bed', '##ding', '##s']);
    expect(read("Crème brûlée, 12-oz. (chef's)")).toEqual([
      'cr',
      '##eme',
      'br',
      '##ule',
      '##e',
      ',',
      '12',
      '-',
      'oz',
      '.',
      '(',
      'chef',
      "'",
      's',
      ')',
    ]);
    expect(read('\t \n')).toEqual([]);
    expect(read(`tea ${'x'.repeat(101)} cup`)).toEqual(['tea', '[UNK]', 'cup']);
  });

  it('equals `tokenizers` on every code point', async () => {
    const texts = [];
    for (let code = 1; code <= 0x10ffff; code += 61) {
      const some = Array.from({ length: 61 }, (_, i) => code + i).filter(
        (c) => c < 0xd800 || (c > 0xdfff && c <= 0x10ffff),
      );
      texts.push(some.map((c) => `a${String.fromCodePoint(c)}b`).join(' '));
    }
    const [ours, want] = await both(texts);
    expect(ours.filter((ids, i) => ids.join() !== want[i]!.join())).toEqual([]);
  });

  it('equals `tokenizers` on random texts', async () => {
    const word = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.string({ unit: 'grapheme', maxLength: 8 }),
      fc.constantFrom(
        'Kettle',
        'STAINLESS',
        '1.7L',
        'naïve',
        'Straße',
        '東京',
        '한국어',
        'İstanbul',
        "d'oro",
        '½',
        '™',
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(word, { maxLength: 6 }), { minLength: 1, maxLength: 20 }),
        async (lists) => {
          const [ours, want] = await both(lists.map((words) => words.join(' ')));
          expect(ours).toEqual(want);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('refuses offsets that do not fit, foreign handles and closed ones', async () => {
    const { bytes } = packTexts(['tea']);
    for (const offsets of [[0n, 2n], [1n, 3n], [0n, 9n, 3n], []])
      expect(() => addon.wordPieceIds(table, { bytes, offsets: BigUint64Array.from(offsets) })).toThrow(
        expect.objectContaining({ code: 'ERR_VALUE' }),
      );
    expect(() => addon.wordPieceIds({} as never, packTexts([]))).toThrow(
      expect.objectContaining({ code: 'ERR_DTYPE' }),
    );
    const { handle } = await openStaticTable(BUILT_IN_TABLE);
    handle.close();
    expect(() => addon.wordPieceIds(handle, packTexts([]))).toThrow(
      expect.objectContaining({ code: 'ERR_CLOSED' }),
    );
  });
});
