import { describe, expect, it } from 'vitest';
import { encodeTable, gatherAggregate, gatherAggregateTable, tf } from '../../lib/tensor/index.js';
import { codeOf } from '../code-of.js';

const block = { offsets: BigUint64Array.of(0n, 2n, 2n, 5n), indices: Uint32Array.of(0, 2, 1, 3, 0) };
const width = 5;
const data = Float32Array.from({ length: 4 * width }, (_, i) => Math.sin(i * 1.7));

describe('gatherAggregateTable', () => {
  it.each(['f16', 'bf16', 'int8'] as const)(
    'aggregates %s rows near the floats that they stand for',
    (element) => {
      const table = encodeTable(data, width, element);
      expect(table).toMatchObject({ element, rows: 4, width });
      expect(table.values.BYTES_PER_ELEMENT).toBe(element === 'int8' ? 1 : 2);
      for (const mode of ['max', 'mean', 'sum'] as const) {
        const got = gatherAggregateTable(table, block, mode);
        const want = gatherAggregate(tf.tensor2d(data, [4, width]), block, mode);
        expect(got.shape).toEqual([3, width]);
        const [a, b] = [got.dataSync(), want.dataSync()];
        a.forEach((value, i) => {
          expect(Math.abs(value - b[i]!)).toBeLessThan(0.02);
        });
        expect(Array.from(a.slice(width, 2 * width))).toEqual([0, 0, 0, 0, 0]);
      }
    },
  );

  it('weighs the sum, and by hand', () => {
    const table = encodeTable(Float32Array.of(1, 2, -0.5, 4), 2, 'bf16'); // exact in 8 bits
    const edges = { offsets: BigUint64Array.of(0n, 2n), indices: Uint32Array.of(0, 1) };
    const sum = gatherAggregateTable(table, edges, 'sum', Float32Array.of(2, 3));
    expect(Array.from(sum.dataSync())).toEqual([0.5, 16]);
    expect(encodeTable(Float32Array.of(1, -2), 2, 'f16').values).toEqual(Uint16Array.of(0x3c00, 0xc000));
    expect(encodeTable(Float32Array.of(127, -2), 2, 'int8')).toMatchObject({
      values: Int8Array.of(127, -2),
      scales: Float32Array.of(1),
    });
  });

  it('says what is wrong', async () => {
    const table = encodeTable(data, width, 'int8');
    const run = (change: object, mode = 'mean') =>
      codeOf(() => gatherAggregateTable({ ...table, ...change }, block, mode as never));
    expect(await run({})).toBe('no error');
    expect(await run({}, 'min')).toBe('ERR_VALUE');
    expect(await run({ rows: 3 })).toBe('ERR_RANGE');
    expect(await run({ width: 4 })).toBe('ERR_SHAPE');
    expect(await run({ scales: Float32Array.of(1) })).toBe('ERR_SHAPE');
    expect(await run({ values: data })).toBe('ERR_DTYPE');
    expect(await codeOf(() => encodeTable(data, 3, 'f16'))).toBe('ERR_SHAPE');
    expect(await codeOf(() => encodeTable(data, width, 'f8' as never))).toBe('ERR_VALUE');
    expect(await codeOf(() => encodeTable(Float32Array.of(Number.NaN), 1, 'int8'))).toBe('ERR_VALUE');
  });
});
