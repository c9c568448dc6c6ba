import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BATCH_SIZE, batchesByLength } from '../../lib/text/batches.js';

it('puts every text with tokens in one batch of its own length, longest first, at most 32 together', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(6), { maxLength: 400 }), (lengths) => {
      const batches = batchesByLength(lengths);
      const seen = batches.flatMap(({ length, texts }) => {
        expect(texts.length).toBeGreaterThan(0);
        expect(texts.length).toBeLessThanOrEqual(BATCH_SIZE);
        for (const text of texts) expect(lengths[text]).toBe(length);
        return [...texts];
      });
      const want = lengths.flatMap((length, i) => (length > 0 ? [i] : []));
      expect(seen.toSorted((a, b) => a - b)).toEqual(want);
      const order = batches.map((b) => b.length);
      expect(order).toEqual(order.toSorted((a, b) => b - a));
    }),
  );
});

it('fills batches within a length', () => {
  const sizes = batchesByLength(Array(70).fill(5)).map((b) => b.texts.length);
  expect(sizes).toEqual([32, 32, 6]);
});
