import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { KEY_BYTES, KeyIndex } from '../../lib/text/key-index.js';
import { TextIndex } from '../../lib/text/text-index.js';

const keyOf = (text: string) => createHash('sha256').update('print').update('\0').update(text).digest('hex');

it('numbers distinct texts in order, knows all their places, and sorts them as a plain sort does', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom('tea', 'cup', '', ' ', 'ä\ud800')), {
        maxLength: 60,
      }),
      async (texts) => {
        const index = await TextIndex.of(texts, 'print');
        const want = [...new Set(texts.filter((text) => text.trim() !== ''))];
        const entries = Array.from({ length: index.count }, (_, entry) => entry);
        const textOf = (entry: number) => texts[index.placeOf(entry)]!;
        expect(new Set(entries.map((entry) => keyOf(textOf(entry))))).toEqual(new Set(want.map(keyOf)));
        for (const entry of entries) {
          const places: number[] = [];
          index.eachPlace(entry, (place) => places.push(place));
          expect(places).toEqual(
            texts.flatMap((text, place) =>
              keyOf(text) === keyOf(textOf(entry)) && text.trim() ? [place] : [],
            ),
          );
          const key = index.keys.keys.subarray(entry * KEY_BYTES, (entry + 1) * KEY_BYTES);
          expect(key.toString('hex')).toBe(keyOf(textOf(entry)));
          expect(index.keys.find(key, 0)).toBe(entry);
        }
        expect([...(await index.longestFirst(entries))]).toEqual(
          entries.toSorted(
            (a, b) => textOf(b).length - textOf(a).length || (keyOf(textOf(a)) < keyOf(textOf(b)) ? -1 : 1),
          ),
        );
      },
    ),
  ));

it('tells keys apart that fall into one slot', () => {
  const index = new KeyIndex(40);
  const keys = Array.from({ length: 40 }, (_, i) => `same${String.fromCharCode(i)}${'x'.repeat(27)}`);
  expect(keys.map((key) => index.add(key))).toEqual(keys.map((_, i) => i));
  expect(keys.map((key) => index.add(key))).toEqual(keys.map((_, i) => i));
  expect(keys.map((key) => index.find(Buffer.from(key, 'latin1'), 0))).toEqual(keys.map((_, i) => i));
  expect(index.find(Buffer.from('none of them, none of them'), 0)).toBe(-1);
  expect(index.count).toBe(40);
});
