import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type DataSource, eventsSchema, readDataset } from '../../lib/events/index.js';
import { folderWith } from './folder.js';

const columns = { user: 'user', item: 'item', time: 'ts' };
const file = (content: string, name = 'e.csv') => folderWith({ [name]: content });
const fails = async (source: unknown, folder: string, code: string, text: RegExp) =>
  expect(readDataset(source as DataSource, { folder })).rejects.toMatchObject({
    name: 'CohearError',
    code,
    message: expect.stringMatching(text),
  });

describe('a wrong source is refused with what to change', () => {
  const good = () => file('user,item,ts\nu,i,1\n');
  test.each<[string, unknown, RegExp]>([
    ['an unknown key', { events: { file: 'e.csv', colums: {}, columns } }, /events: .*colums/],
    [
      'both file and sql',
      { events: { file: 'e.csv', sql: 'SELECT 1', columns } },
      /exactly one of "file" and "sql"/,
    ],
    ['neither', { events: { columns } }, /exactly one of "file" and "sql"/],
    [
      'no user column',
      { events: { file: 'e.csv', columns: { item: 'item', time: 'ts' } } },
      /events\.columns\.user/,
    ],
    [
      'kinds without a column',
      { events: { file: 'e.csv', columns, kinds: { a: 'strong' } } },
      /columns\.kind/,
    ],
    [
      'weak kinds only',
      { events: { file: 'e.csv', columns: { ...columns, kind: 'ts' }, kinds: { a: 'weak' } } },
      /strong/,
    ],
    [
      'a kind that is neither',
      { events: { file: 'e.csv', columns: { ...columns, kind: 'ts' }, kinds: { a: 'so' } } },
      /events\.kinds\.a/,
    ],
    [
      'a missing column',
      { events: { file: 'e.csv', columns: { ...columns, user: 'usr' } } },
      /events\.columns\.user: "usr".*user, item, ts/,
    ],
    ['an aggregate', { events: { file: 'e.csv', columns: { ...columns, user: 'max(user)' } } }, /events/],
    ['SQL that does not parse', { events: { sql: 'SELEC 1', columns } }, /events\.sql/],
    ['a second statement', { events: { sql: 'SELECT 1; SELECT 2', columns } }, /events\.sql/],
    [
      'a table that does not exist',
      { events: { sql: 'SELECT * FROM nowhere', columns } },
      /events\.sql.*nowhere/,
    ],
    ['an extension that is not known', { events: { file: 'e.xlsx', columns } }, /e\.xlsx/],
  ])('%s', async (_, source, text) => {
    const folder = good();
    if (JSON.stringify(source).includes('xlsx')) return fails(source, file('', 'e.xlsx'), 'ERR_CONFIG', text);
    await fails(source, folder, 'ERR_CONFIG', text);
  });

  test('the schema can be a part of another one', () => {
    expect(eventsSchema.safeParse({ events: { file: 'a.csv', columns } }).success).toBe(true);
    expect(eventsSchema.safeParse({ events: { file: 'a.csv', columns }, evnts: 1 }).success).toBe(false);
  });
});

describe('data that cannot be used', () => {
  test('a missing file, a glob without files', async () => {
    await fails({ events: { file: 'no.parquet', columns } }, file(''), 'ERR_IO', /events\.file.*no\.parquet/);
    await fails({ events: { file: 'no*.parquet', columns } }, file(''), 'ERR_IO', /no\*\.parquet/);
  });

  test('a file that is not what its name says', async () => {
    const folder = folderWith({ 'e.parquet': 'this is text, not Parquet' });
    await fails({ events: { file: 'e.parquet', columns } }, folder, 'ERR_FORMAT', /e\.parquet/);
    const broken = folderWith({ 'e.jsonl': '{"user": 1, "item": 2, "ts": 3}\n{"user": \n' });
    await fails({ events: { file: 'e.jsonl', columns } }, broken, 'ERR_FORMAT', /e\.jsonl/);
  });

  test('no event left: the reasons are told', async () => {
    await fails(
      { events: { file: 'e.csv', columns } },
      file('user,item,ts\n'),
      'ERR_VALUE',
      /events: the source is empty/,
    );
    const folder = file('user,item,ts\n,i,1\nu,i,soon\nu,i,never\n');
    await fails(
      { events: { file: 'e.csv', columns } },
      folder,
      'ERR_VALUE',
      /none of its 3 rows.*1 null user, 2 bad timestamp/,
    );
  });

  test('no item left', async () => {
    const folder = folderWith({ 'e.csv': 'user,item,ts\nu,i,1\n', 'i.csv': 'id\n' });
    const source = { events: { file: 'e.csv', columns }, items: { file: 'i.csv', columns: { item: 'id' } } };
    await fails(source, folder, 'ERR_VALUE', /items: the source is empty/);
  });
});

describe('stopping', () => {
  const events = {
    sql: 'SELECT range AS u, 1 AS t FROM range(300000)',
    columns: { user: 'u', item: 'u % 10', time: 't' },
  };

  test('a signal that was given before', async () => {
    await expect(readDataset({ events }, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ERR_CANCELLED',
    });
  });

  test('a signal in the middle of the reading, and progress until then', async () => {
    const stop = new AbortController();
    const seen: number[] = [];
    const reading = readDataset(
      { events },
      {
        signal: stop.signal,
        onProgress: ({ done }) => {
          seen.push(done);
          if (seen.length === 3) stop.abort();
        },
      },
    );
    await expect(reading).rejects.toMatchObject({ code: 'ERR_CANCELLED' });
    expect(seen.length).toBeLessThan(10);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });
});

test('a process that has read ends by itself', () => {
  const library = JSON.stringify(fileURLToPath(new URL('../../lib/events/index.ts', import.meta.url)));
  const code = `import { createJiti } from 'jiti';
    const { readDataset } = await createJiti(${library}).import(${library});
    const { log } = await readDataset({ events: { sql: 'SELECT 1 AS x', columns: { user: 'x', item: 'x', time: 'x' } } });
    console.log(log.length);`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    timeout: 30_000, // a process kept open by the database would run into it
    encoding: 'utf8',
  });
  expect(output.trim()).toBe('1');
});
