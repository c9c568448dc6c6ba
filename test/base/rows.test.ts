import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  matrix,
  RowTable,
  RowWriter,
  readSafetensors,
  rowReader,
  writeSafetensors,
} from '../../lib/artifacts/index.js';
import { setThreads, threads } from '../../lib/native/index.js';
import { dotScores, topK } from '../../lib/retrieval/index.js';
import { gatherAggregate, gatherAggregateTable, tableRows, tf } from '../../lib/tensor/index.js';
import { codeOf } from '../code-of.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cohear-rows-'));
  path = join(folder, 'rows.safetensors');
});
afterEach(() => rm(folder, { recursive: true }));

const [ROWS, COLS] = [300, 7];
const numbers = matrix(
  ROWS,
  COLS,
  Float32Array.from({ length: ROWS * COLS }, (_, i) => Math.sin(i * 12.9898) * 0.9),
);
const STORAGES = ['f32', 'f16', 'int8'] as const;

/** Written out of order, row 5 never, row 6 twice. */
async function written(storage: (typeof STORAGES)[number]): Promise<RowTable> {
  const writer = await RowWriter.create(path, 'x', [ROWS, COLS], storage);
  writer.put(6, new Float32Array(COLS).fill(9));
  for (let i = 0; i < ROWS; i++) {
    const row = (i * 7) % ROWS;
    if (row !== 5) writer.put(row, numbers.data.subarray(row * COLS, (row + 1) * COLS));
  }
  await writer.finish();
  return RowTable.open(path, 'x');
}

describe.each(STORAGES)('rows kept as %s', (storage) => {
  it('come back as they were, or as near as their bits allow', async () => {
    using table = await written(storage);
    expect(table).toMatchObject({ rows: ROWS, cols: COLS, storage });
    expect(await readdir(folder)).toEqual(['rows.safetensors']);
    const got = table.slice(0, ROWS);
    const most = { f32: 0, f16: 2 ** -12, int8: 0.9 / 254 + 1e-6 }[storage];
    got.data.forEach((value, i) => {
      const want = Math.floor(i / COLS) === 5 ? 0 : numbers.data[i]!;
      expect(Math.abs(value - want)).toBeLessThanOrEqual(most);
    });
    const bytes = { f32: 4 * COLS, f16: 2 * COLS, int8: COLS + 4 }[storage] * ROWS;
    expect((await stat(path)).size - bytes).toBeLessThan(300);
    expect(table.read(Uint32Array.of(299, 0, 299))).toEqual(
      Float32Array.of(
        ...table.slice(299, 300).data,
        ...table.slice(0, 1).data,
        ...table.slice(299, 300).data,
      ),
    );
    expect(rowReader(table)(17)).toEqual(table.slice(17, 18).data);
    expect(rowReader(numbers)(17)).toEqual(numbers.data.subarray(17 * COLS, 18 * COLS));
    expect(Object.keys((await readSafetensors(path)).tensors).sort()).toEqual(
      storage === 'int8' ? ['x', 'x.scales'] : ['x'],
    );
  });

  it('are read by every reader as their decoded numbers, to the bit, at any number of threads', async () => {
    using table = await written(storage);
    const decoded = table.slice(0, ROWS);
    const before = threads();
    const block = { offsets: BigUint64Array.of(0n, 3n, 3n, 5n), indices: Uint32Array.of(4, 299, 4, 7, 8) };
    const queries = matrix(20, COLS, numbers.data.slice(70, 70 + 20 * COLS));
    for (const count of [1, 2, 7]) {
      setThreads(count);
      const rows = Uint32Array.of(3, 299, 0);
      expect(tableRows(table, rows).dataSync()).toEqual(tableRows(decoded, rows).dataSync());
      for (const mode of ['max', 'mean', 'sum'] as const)
        expect(gatherAggregateTable(table, block, mode).dataSync()).toEqual(
          gatherAggregate(tf.tensor2d(decoded.data, [ROWS, COLS]), block, mode).dataSync(),
        );
      expect(await topK(queries, table, { k: 4, range: [2, 290] })).toEqual(
        await topK(queries, decoded, { k: 4, range: [2, 290] }),
      );
      const [a, b] = [new Float32Array(20 * ROWS), new Float32Array(20 * ROWS)];
      await dotScores({ queries: queries.data, items: table.handle, dimensions: COLS, out: a });
      await dotScores({ queries: queries.data, items: decoded.data, dimensions: COLS, out: b });
      expect(a).toEqual(b);
    }
    setThreads(before);
  });
});

describe('RowTable', () => {
  it('opens a matrix that writeSafetensors wrote', async () => {
    await writeSafetensors(path, { x: { data: numbers.data, shape: [ROWS, COLS] } });
    using table = await RowTable.open(path, 'x');
    expect(table.slice(0, ROWS)).toEqual(numbers);
  });

  it('refuses rows that are not there, and everything once it is closed', async () => {
    const table = await written('f16');
    expect(await codeOf(() => table.read(Uint32Array.of(ROWS)))).toBe('ERR_RANGE');
    expect(await codeOf(() => table.slice(3, ROWS + 1))).toBe('ERR_RANGE');
    expect(await codeOf(() => table.slice(4, 3))).toBe('ERR_RANGE');
    expect(await codeOf(() => tableRows(table, Uint32Array.of(ROWS)))).toBe('ERR_RANGE');
    expect(await codeOf(() => topK(matrix(1, 3), table))).toBe('ERR_SHAPE');
    table.close();
    table.close();
    expect(await codeOf(() => table.read(Uint32Array.of(0)))).toBe('ERR_CLOSED');
    expect(await codeOf(() => topK(matrix(1, COLS), table))).toBe('ERR_CLOSED');
  });

  it('refuses files that hold no such matrix', async () => {
    const open = (name: string) => codeOf(() => RowTable.open(path, name));
    expect(await open('x')).toBe('ERR_IO');
    await writeFile(path, 'something else');
    expect(await open('x')).toBe('ERR_FORMAT');
    await writeSafetensors(path, {
      list: { data: Float32Array.of(1), shape: [1] },
      whole: { data: Uint32Array.of(1), shape: [1, 1] },
      unscaled: { data: Int8Array.of(1), shape: [1, 1] },
    });
    for (const name of ['none', 'list', 'whole', 'unscaled']) expect(await open(name)).toBe('ERR_FORMAT');
  });
});

describe('RowWriter', () => {
  it('leaves nothing behind when it is given up or cannot write, and what was there stays', async () => {
    await writeFile(path, 'before');
    const writer = await RowWriter.create(path, 'x', [2, 2], 'f32');
    await writer.abandon();
    const bad = await RowWriter.create(path, 'x', [2, 2], 'int8');
    bad.put(0, Float32Array.of(1, Number.NaN));
    expect(await codeOf(() => bad.finish())).toBe('ERR_VALUE');
    expect(await readdir(folder)).toEqual(['rows.safetensors']);
    expect((await stat(path)).size).toBe(6);
    expect(await codeOf(() => RowWriter.create(path, 'x', [2, 0], 'f32'))).toBe('ERR_SHAPE');
  });

  it('holds no rows and many rows', async () => {
    await (await RowWriter.create(path, 'x', [0, 3], 'int8')).finish();
    expect((await RowTable.open(path, 'x')).rows).toBe(0);
    const writer = await RowWriter.create(path, 'x', [5000, 1024], 'f16'); // more than a block
    for (let i = 0; i < 5000; i++) writer.put(i, new Float32Array(1024).fill(i % 100));
    await writer.finish();
    using table = await RowTable.open(path, 'x');
    for (const row of [0, 2047, 2048, 4999])
      expect(table.slice(row, row + 1).data).toEqual(new Float32Array(1024).fill(row % 100));
  });
});
