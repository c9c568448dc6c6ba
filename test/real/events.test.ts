import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { histories, readDataset, splitTimes } from '../../lib/events/index.js';

const folder = resolve(process.env.COHEAR_SHARED ?? '../shared', 'data/food-kitchen');
const foodKitchen = {
  events: {
    file: 'events.parquet',
    columns: { user: 'user_id', item: 'item_id', time: 'ts', type: 'item_type' },
  },
  items: { file: 'items.parquet', columns: { item: 'item_id', type: 'item_type', title: 'title' } },
};

describe.skipIf(!existsSync(folder))('food-kitchen', () => {
  test('reads whole and splits at the dates of the protocol', { timeout: 60_000 }, async () => {
    const { catalogue, users, log, report } = await readDataset(foodKitchen, { folder });
    expect(report).toMatchObject({
      rows: 173_548,
      kept: 173_548,
      dropped: {},
      items: { rows: 28_095, kept: 28_095 },
    });
    expect(users.size).toBe(7_144);
    expect(catalogue.types).toEqual(['food', 'kitchen']);
    expect(Array.from(catalogue.typeOffsets)).toEqual([0, 11_837, 28_095]);
    expect(catalogue.titles.filter((title) => title === null).length).toBe(4_236 + 502);
    const { validation, test: testTime } = splitTimes(log, { validation: 0.8, test: 0.9 });
    expect(new Date(validation * 1000).toISOString()).toBe('2014-01-25T00:00:00.000Z');
    expect(new Date(testTime * 1000).toISOString()).toBe('2014-04-23T00:00:00.000Z');
    expect(splitTimes(log, { validation: '2014-01-25', test: '2014-04-23' })).toEqual({
      validation,
      test: testTime,
    });
    const train = histories(log, users.size, { before: validation });
    const window = histories(log, users.size, { after: validation, before: testTime });
    const later = histories(log, users.size, { after: testTime });
    expect(train.item.length + window.item.length + later.item.length).toBe(log.length);
  });
});
