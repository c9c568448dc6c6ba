import { describe, expect, test } from 'vitest';
import { readDataset } from '../../lib/events/index.js';

/** The time that an SQL value reads as, or the reason why its row was dropped. */
async function read(value: string): Promise<number | string> {
  // A second row that is always good, since a source with no good row is an error of its own.
  const sql = `SELECT 'u' AS u, ${value} AS t UNION ALL SELECT 'v', '1970-01-01'`;
  const { log, users, report } = await readDataset({
    events: { sql, columns: { user: 'u', item: "'i'", time: 't' } },
  });
  const row = users.rowOf('u');
  return row === undefined ? Object.keys(report.dropped).join() : log.time[log.user.indexOf(row)]!;
}

describe('times', () => {
  const noon = Date.UTC(2014, 0, 25, 12) / 1000;
  test.each([
    ["TIMESTAMP '2014-01-25 12:00:00'", noon],
    ["TIMESTAMP_NS '2014-01-25 12:00:00.5'", noon + 0.5],
    ["TIMESTAMPTZ '2014-01-25 14:00:00+02'", noon],
    ["DATE '2014-01-25'", noon - 43_200],
    ["'2014-01-25'", noon - 43_200],
    ["'2014-01-25T12:00:00'", noon], // UTC where it has no offset
    ["'2014-01-25T12:00:00Z'", noon],
    ["'2014-01-25T14:00:00.250+02:00'", noon + 0.25],
    ["' 2014-01-25 12:00:00 '", noon],
    [`'${noon}'`, noon],
    [`'${noon}000'`, noon],
    ["'2014-13-25'", 'bad timestamp'],
    ["'soon'", 'bad timestamp'],
    ["'nan'", 'bad timestamp'],
    ["'  '", 'null timestamp'],
  ])('%s as text or a time', async (value, expected) => {
    expect(await read(value)).toBe(expected);
  });

  test('the size of a number tells its unit', async () => {
    const values = [noon, noon * 1e3, noon * 1e6, `${noon}000000000`, 0, -5, 99_999_999_999, 100_000_000_000];
    const rows = values.map((value, i) => `SELECT 'u${i}' AS u, ${value}::BIGINT AS t`).join(' UNION ALL ');
    const { log } = await readDataset({
      events: { sql: rows, columns: { user: 'u', item: "'i'", time: 't' } },
    });
    expect(Array.from(log.time)).toEqual([noon, noon, noon, noon, 0, -5, 99_999_999_999, 100_000_000]);
  });

  test('numbers that are not finite are bad', async () => {
    const sql = `SELECT unnest(['a', 'b', 'c', 'd']) AS u, unnest([1.5, 'nan'::DOUBLE, 'inf'::DOUBLE, NULL]) AS t`;
    const { log, report } = await readDataset({
      events: { sql, columns: { user: 'u', item: "'i'", time: 't' } },
    });
    expect(Array.from(log.time)).toEqual([1.5]);
    expect(report.dropped).toEqual({ 'null timestamp': 1, 'bad timestamp': 2 });
  });

  test('a column that holds no time is named with its type', async () => {
    const sql = "SELECT 'u' AS u, true AS t";
    await expect(
      readDataset({ events: { sql, columns: { user: 'u', item: 'u', time: 't' } } }),
    ).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringMatching(/events\.columns\.time.*BOOLEAN/),
    });
  });
});
