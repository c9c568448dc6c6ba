import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, test } from 'vitest';
import { type DataSource, readDataset } from '../../lib/events/index.js';
import { folderWith } from './folder.js';

const columns = { user: 'user', item: 'item', time: 'ts' };
const ITEMS = 'item,type,title,language\nb1,book,Dune,en\n007,pod,,de\nb2,book,"a ""b"", c",\n';
const withItems: DataSource = {
  events: {
    file: 'events.csv',
    columns: { ...columns, kind: 'kind', type: 'type' },
    kinds: { stream: 'strong', follow: 'weak' },
  },
  items: {
    file: 'items.csv',
    columns: { item: 'item', type: 'type', title: 'title', categories: ['language'] },
  },
};

describe('a source with items', () => {
  test('every dropped row is counted by its first reason', async () => {
    const folder = folderWith({
      'items.csv': `${ITEMS},pod,no id,\nb9,,no type,\nb1,pod,again,\n`,
      'events.csv': [
        'user,item,ts,kind,type',
        'u2,b1,2020-01-02,stream,book',
        'u2,b1,2020-01-02,stream,book', // duplicate
        'u2,b1,2020-01-02,follow,book', // another kind
        'u1,007,2020-01-03,stream,', // an unknown type disagrees with nothing
        ',b1,2020-01-01,stream,book',
        'u1,,2020-01-01,stream,book',
        'u1,b1,,stream,book',
        'u1,b1,yesterday,stream,book',
        'u1,b1,2020-01-01,skip,book',
        'u1,b1,2020-01-01,,book',
        'u1,b7,2020-01-01,stream,book',
        'u1,b9,2020-01-01,stream,book', // its item was dropped
        'u1,b1,2020-01-01,stream,pod',
        ',,,,', // the first reason counts
      ].join('\n'),
    });
    const { catalogue, users, log, report } = await readDataset(withItems, { folder });
    expect(report).toEqual({
      rows: 14,
      kept: 3,
      dropped: {
        'null user': 2,
        'null item': 1,
        'null timestamp': 1,
        'bad timestamp': 1,
        'unknown kind': 2,
        'unknown item': 2,
        'type mismatch': 1,
        duplicate: 1,
      },
      items: { rows: 6, kept: 3, dropped: { 'null item': 1, 'null type': 1, 'duplicate item': 1 } },
      users: null,
      firstTime: Date.UTC(2020, 0, 2) / 1000,
      lastTime: Date.UTC(2020, 0, 3) / 1000,
    });
    expect(catalogue.ids).toEqual(['b1', 'b2', '007']);
    expect(catalogue.types).toEqual(['book', 'pod']);
    expect(Array.from(catalogue.typeOffsets)).toEqual([0, 2, 3]);
    expect(catalogue.titles).toEqual(['Dune', 'a "b", c', null]);
    expect(catalogue.descriptions).toEqual([null, null, null]);
    expect(catalogue.categories).toEqual({ language: ['en', null, 'de'] });
    expect([catalogue.rowOf('007'), catalogue.rowOf('7'), catalogue.typeOf(2)]).toEqual([2, undefined, 1]);
    expect(users.ids).toEqual(['u1', 'u2']); // and no user of dropped events only
    expect(log.kinds).toEqual([
      { name: 'follow', strong: false },
      { name: 'stream', strong: true },
    ]);
    expect(Array.from(log.user)).toEqual([0, 1, 1]);
    expect(Array.from(log.item)).toEqual([2, 0, 0]);
    expect(Array.from(log.kind)).toEqual([1, 0, 1]);
  });

  test('events are sorted by user, time, item and kind whatever the order of the file', async () => {
    const rows = [];
    for (let i = 0; i < 6000; i++)
      rows.push(`u${(i * 7919) % 50},b${(i * 31) % 7},${1_500_000_000 + ((i * 104_729) % 11)}`);
    const folder = folderWith({ 'events.csv': `user,item,ts\n${rows.join('\n')}` });
    const { log, users, catalogue, report } = await readDataset(
      { events: { file: 'events.csv', columns } },
      { folder },
    );
    const key = (i: number) => [log.user[i]!, log.time[i]!, log.item[i]!];
    for (let i = 1; i < log.length; i++) {
      const [a, b] = [key(i - 1), key(i)];
      const at = a.findIndex((value, k) => value !== b[k]);
      expect(a[at]!).toBeLessThan(b[at]!);
    }
    const wanted = new Set(rows);
    expect(wanted.size).toBeLessThan(rows.length);
    expect(report.kept).toBe(wanted.size);
    expect(report.dropped).toEqual({ duplicate: rows.length - wanted.size });
    const read = Array.from(
      log.user,
      (u, i) => `${users.ids[u]},${catalogue.ids[log.item[i]!]},${log.time[i]}`,
    );
    expect(new Set(read)).toEqual(wanted);
  });
});

describe('a source of events alone', () => {
  test('makes the catalogue, each item of the type that most of its events give', async () => {
    const lines = ['x,a,1,book', 'x,b,2,pod', 'y,b,3,book', 'z,b,4,pod', 'y,c,5,pod', 'z,c,6,book', 'z,d,7,'];
    const folder = folderWith({ 'e.csv': `user,item,ts,type\n${lines.join('\n')}` });
    const source = { events: { file: 'e.csv', columns: { ...columns, type: 'type' } } };
    const { catalogue, report } = await readDataset(source, { folder });
    expect([catalogue.ids, Array.from(catalogue.typeOffsets)]).toEqual([
      ['a', 'c', 'b'],
      [0, 2, 3],
    ]);
    expect(report.dropped).toEqual({ 'unknown item': 1, 'type mismatch': 2 });
  });

  test('has one type, "item", and one strong kind, "event", by default', async () => {
    const folder = folderWith({ 'e.csv': 'user,item,ts\nx,a,1\n' });
    const { catalogue, log } = await readDataset({ events: { file: 'e.csv', columns } }, { folder });
    expect(catalogue.types).toEqual(['item']);
    expect(log.kinds).toEqual([{ name: 'event', strong: true }]);
  });

  test('ids are sorted by their bytes', async () => {
    const ids = ['a', 'B', 'é', '\u{1f600}', '\uffee', 'aa', '10', '9']; // UTF-16 puts the emoji before \uffee
    const folder = folderWith({ 'e.csv': `user,item,ts\n${ids.map((id) => `${id},${id},1`).join('\n')}` });
    const { catalogue, users } = await readDataset({ events: { file: 'e.csv', columns } }, { folder });
    const sorted = [...ids].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(catalogue.ids).toEqual(sorted);
    expect(users.ids).toEqual(sorted);
    expect(sorted.map((id) => users.rowOf(id))).toEqual(sorted.map((_, row) => row));
  });
});

describe('forms of a source', () => {
  const rows = ['u1,a,5', 'u2,b,6'];
  const expected = { ids: ['a', 'b'], users: ['u1', 'u2'], time: [5, 6] };
  const read = async (events: DataSource['events'], folder: string) => {
    const { catalogue, users, log } = await readDataset({ events }, { folder });
    return { ids: catalogue.ids, users: users.ids, time: Array.from(log.time) };
  };

  test('JSON lines, whose strings stay as written', async () => {
    const folder = folderWith({
      'e.jsonl': '{"user":"2020-01-01T00:00:00","item":7,"ts":5}\n{"user":"u2","item":8,"ts":6}\n',
    });
    const got = await read({ file: 'e.jsonl', columns }, folder);
    expect(got).toEqual({ ids: ['7', '8'], users: ['2020-01-01T00:00:00', 'u2'], time: [5, 6] });
  });

  test('tab-separated, compressed and in several files', async () => {
    const folder = folderWith({ 'e.tsv': `user\titem\tts\n${rows.join('\n').replaceAll(',', '\t')}\n` });
    expect(await read({ file: 'e.tsv', columns }, folder)).toEqual(expected);
    writeFileSync(join(folder, 'e.csv.gz'), gzipSync(`user,item,ts\n${rows.join('\n')}\n`));
    expect(await read({ file: 'e.csv.gz', columns }, folder)).toEqual(expected);
    mkdirSync(join(folder, 'parts'));
    writeFileSync(join(folder, 'parts/1.csv'), `user,item,ts\n${rows[0]}\n`);
    writeFileSync(join(folder, 'parts/2.csv'), 'ts,user,item\n6,u2,b\n'); // columns by name, not by place
    expect(await read({ file: 'parts/*.csv', columns }, folder)).toEqual(expected);
  });

  test('Parquet, and SQL over files that lie in the folder', async () => {
    const folder = folderWith({ 'e.csv': `user,item,ts\n${rows.join('\n')}\n` });
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const table = "VALUES ('u1', 'a', TIMESTAMP '1970-01-01 00:00:05'), ('u2', 'b', '1970-01-01 00:00:06')";
    await connection.run(
      `COPY (SELECT * FROM (${table}) t("user", item, ts)) TO '${join(folder, 'e.parquet')}'`,
    );
    connection.closeSync();
    instance.closeSync();
    expect(await read({ file: 'e.parquet', columns }, folder)).toEqual(expected);
    const sql = 'SELECT "user" AS who, item, ts FROM \'e.csv\' -- a comment at the end;';
    expect(await read({ sql, columns: { user: 'who', item: 'item', time: 'ts' } }, folder)).toEqual(expected);
    expect(await read({ sql: "SELECT * FROM 'e.parquet';", columns }, folder)).toEqual(expected);
  });

  test('columns may be SQL expressions', async () => {
    const folder = folderWith({ 'e.csv': 'a b,item,day\nU1,a,1\nU2,b,2\n' });
    const got = await read(
      { file: 'e.csv', columns: { user: 'lower("a b")', item: 'item', time: 'CAST(day AS INT) * 86400' } },
      folder,
    );
    expect(got).toEqual({ ...expected, time: [86_400, 172_800] });
  });
});

test('the user table gives features, and users without events', async () => {
  const folder = folderWith({
    'e.csv': 'user,item,ts\nb,x,1\nz,x,2\n',
    'u.csv': 'id,country,age\nb,SE,31\na,,old\nb,NO,99\n,DE,1\n',
  });
  const source: DataSource = {
    events: { file: 'e.csv', columns },
    users: { file: 'u.csv', columns: { user: 'id', categories: ['country'], numbers: ['age'] } },
  };
  const { users, report } = await readDataset(source, { folder });
  expect(users.ids).toEqual(['a', 'b', 'z']);
  expect(users.categories).toEqual({ country: [null, 'SE', null] });
  expect(Array.from(users.numbers.age!)).toEqual([Number.NaN, 31, Number.NaN]);
  expect(report.users).toEqual({ rows: 4, kept: 2, dropped: { 'null user': 1, 'duplicate user': 1 } });
});
