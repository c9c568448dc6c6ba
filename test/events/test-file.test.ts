import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadDataset, readDataset, saveDataset, sourceFiles } from '../../lib/events/index.js';
import { folderWith } from './folder.js';

const source = {
  events: { file: 'train.csv', test: 'test.csv', columns: { user: 'u', item: 'i', time: '0' } },
};

test('a test file shares ids with the events and is kept apart; its rows are counted with the others', async () => {
  const folder = folderWith({
    'train.csv': 'u,i\nb,x\na,y\na,y\n',
    'test.csv': 'u,i\na,x\nc,z\na,x\n,x\n',
  });
  const dataset = await readDataset(source, { folder });
  expect(dataset.users.ids).toEqual(['a', 'b', 'c']);
  expect(dataset.catalogue.ids).toEqual(['x', 'y', 'z']);
  expect([Array.from(dataset.log.user), Array.from(dataset.log.item)]).toEqual([
    [0, 1],
    [1, 0],
  ]);
  expect([Array.from(dataset.test!.user), Array.from(dataset.test!.item)]).toEqual([
    [0, 2],
    [0, 2],
  ]);
  expect(dataset.report).toMatchObject({ rows: 7, kept: 4, dropped: { duplicate: 2, 'null user': 1 } });
  expect(await sourceFiles(source, folder)).toEqual([join(folder, 'test.csv'), join(folder, 'train.csv')]);

  await saveDataset(join(folder, 'saved'), dataset);
  const loaded = await loadDataset(join(folder, 'saved'));
  expect(loaded.test).toEqual(dataset.test);
  expect(loaded.log).toEqual(dataset.log);
});

test('a test file that is missing is named, and so is a source without other events', async () => {
  const folder = folderWith({ 'train.csv': 'u,i\n,x\n', 'test.csv': 'u,i\na,x\n' });
  await expect(readDataset(source, { folder })).rejects.toMatchObject({ code: 'ERR_VALUE' });
  const missing = { events: { ...source.events, test: 'none.csv' } };
  await expect(readDataset(missing, { folder })).rejects.toMatchObject({
    code: 'ERR_IO',
    message: expect.stringContaining('none.csv'),
  });
});
