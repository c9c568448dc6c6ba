import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Tokenizer } from 'tokenizers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { row } from '../../lib/artifacts/index.js';
import { neighbourHits } from '../../lib/evaluation/index.js';
import { readDataset } from '../../lib/events/index.js';
import { addon, setThreads, threads } from '../../lib/native/index.js';
import {
  hashingEncoder,
  itemTexts,
  onnxEncoder,
  openStaticTable,
  staticEncoder,
  type TextEncoder,
} from '../../lib/text/index.js';
import { packTexts } from '../../lib/text/packed.js';
import { BUILT_IN_TABLE } from '../../lib/text/static.js';

const shared = process.env.COHEAR_SHARED ?? resolve(import.meta.dirname, '../../../shared');
const folder = resolve(shared, 'models/all-MiniLM-L6-v2');

const texts = [
  'A stainless steel kettle for tea',
  'Steel tea kettle, 1.7 liter',
  'Organic green tea leaves, 100 bags',
  'The history of the Roman empire',
  'Rome: rise and fall of an empire',
  'Non-stick frying pan with lid',
];

describe.skipIf(!existsSync(folder))('all-MiniLM-L6-v2', () => {
  let encoder: TextEncoder;
  const before = threads();
  beforeAll(async () => {
    encoder = await onnxEncoder({ folder });
  });
  afterAll(async () => {
    setThreads(before);
    await encoder.close?.();
  });
  const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, v, i) => sum + v * b[i]!, 0);

  it('puts what means the same side by side', async () => {
    const rows = await encoder.encode(texts);
    expect(encoder.dimension).toBe(384);
    const nearest = (i: number) =>
      texts
        .map((_, j) => [j, j === i ? -1 : dot(row(rows, i), row(rows, j))] as const)
        .sort((a, b) => b[1] - a[1])[0]![0];
    expect([0, 1, 3, 4].map(nearest)).toEqual([1, 0, 4, 3]);
    for (let r = 0; r < texts.length; r++) expect(Math.hypot(...row(rows, r))).toBeCloseTo(1, 5);
  });

  it('gives a text the same bits alone, among others and at another number of threads', async () => {
    const many = Array.from(
      { length: 150 },
      (_, i) => `${texts[i % texts.length]} no. ${i} ${'and more '.repeat(i % 5)}`,
    );
    setThreads(2);
    const together = await encoder.encode(many);
    setThreads(1);
    expect(await encoder.encode(many)).toEqual(together);
    for (const i of [0, 7, 77, 149])
      expect(row(await encoder.encode([many[i]!]), 0)).toEqual(row(together, i));
  });

  it('cuts at 256 tokens: what comes later changes nothing, what comes before does', async () => {
    const start = 'tea '.repeat(254);
    const [a, b, c] = await Promise.all(
      [start, `${start} kettle of steel`, `kettle ${start}`].map(async (t) =>
        row(await encoder.encode([t]), 0),
      ),
    );
    expect(b).toEqual(a);
    expect(c).not.toEqual(a);
  });
});

const data = resolve(shared, 'data/food-kitchen');

const foodKitchen = () =>
  readDataset(
    {
      events: { file: 'events.parquet', columns: { user: 'user_id', item: 'item_id', time: 'ts' } },
      items: { file: 'items.parquet', columns: { item: 'item_id', title: 'title' } },
    },
    { folder: data },
  );

describe.skipIf(!existsSync(folder) || !existsSync(data))('the titles of food-kitchen', () => {
  it('are cut by the native WordPiece as `tokenizers` cuts them', async () => {
    const { catalogue } = await foodKitchen();
    const titles = itemTexts(catalogue, '{title}').texts.filter((title) => title !== '');
    expect(titles.length).toBe(23_357);
    const { handle } = await openStaticTable(BUILT_IN_TABLE);
    const { offsets, ids } = addon.wordPieceIds(handle, packTexts(titles));
    handle.close();
    const theirs = await Tokenizer.fromFile(resolve(folder, 'tokenizer.json')).encodeBatch(titles, {
      addSpecialTokens: false,
    });
    const wrong = theirs.filter(
      (encoding, i) =>
        encoding.getIds().join() !== ids.subarray(Number(offsets[i]), Number(offsets[i + 1])).join(),
    );
    expect(wrong).toEqual([]);
  }, 60_000);

  it('have neighbours by the built-in encoder that share users more often than by hashing', async () => {
    const { catalogue, log } = await foodKitchen();
    const { texts } = itemTexts(catalogue, '{title}');
    const rows = Uint32Array.from(texts.flatMap((text, r) => (text === '' ? [] : [r])));
    const [builtIn, hashed] = await Promise.all(
      [await staticEncoder(), hashingEncoder()].map(async (encoder) =>
        neighbourHits(await encoder.encode(texts), rows, log),
      ),
    );
    expect(builtIn!.hitRate).toBeGreaterThan(0.0775);
    expect(builtIn!.hitRate).toBeGreaterThan(hashed!.hitRate);
  }, 60_000);
});
