import { rmSync, truncateSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../lib/artifacts/index.js';
import { type Dataset, loadDataset, readDataset, saveDataset } from '../../lib/events/index.js';
import { folderWith } from './folder.js';

async function dataset(): Promise<Dataset> {
  const folder = folderWith({
    'e.csv': 'user,item,ts,kind\nu1,a,1.5,x\nu2,ü,2,y\nu2,a,bad,y\n',
    'i.csv': 'id,type,title,lang\nü,pod,"日本\n☕",\na,book,,en\n',
    'u.csv': 'id,country,age\nu1,SE,\nu3,,4.25\n',
  });
  return readDataset(
    {
      events: {
        file: 'e.csv',
        columns: { user: 'user', item: 'item', time: 'ts', kind: 'kind' },
        kinds: { x: 'strong', y: 'weak' },
      },
      items: { file: 'i.csv', columns: { item: 'id', type: 'type', title: 'title', categories: ['lang'] } },
      users: { file: 'u.csv', columns: { user: 'id', categories: ['country'], numbers: ['age'] } },
    },
    { folder },
  );
}

/** Without the functions, which are new ones each time. */
const plain = ({ catalogue, users, log, report }: Dataset) => {
  const { rowOf: _a, typeOf: _b, ...items } = catalogue;
  const { rowOf: _c, ...people } = users;
  return { items, people, log, report };
};

test('a dataset comes back as it was', async () => {
  const original = await dataset();
  const folder = join(folderWith(), 'new/folder');
  await saveDataset(folder, original);
  const loaded = await loadDataset(folder);
  expect(plain(loaded)).toEqual(plain(original));
  expect(loaded.catalogue.titles).toEqual([null, '日本\n☕']);
  expect(loaded.catalogue.rowOf('ü')).toBe(1);
  expect(loaded.users.rowOf('u3')).toBe(2);
});

test('a folder without a dataset, or with one that is damaged, is refused', async () => {
  await expect(loadDataset(folderWith())).rejects.toMatchObject({ code: 'ERR_IO' });
  const original = await dataset();
  const saved = async () => {
    const folder = folderWith();
    await saveDataset(folder, original);
    return folder;
  };
  const refused = async (folder: string) =>
    expect(loadDataset(folder)).rejects.toMatchObject({ code: 'ERR_FORMAT' });

  const cut = await saved();
  truncateSync(join(cut, 'log.safetensors'), 100);
  await refused(cut);

  const beyond = await saved();
  const { tensors } = await readSafetensors(join(beyond, 'log.safetensors'));
  await writeSafetensors(join(beyond, 'log.safetensors'), {
    ...tensors,
    item: { data: Uint32Array.of(0, 2), shape: [2] },
  });
  await refused(beyond);

  const foreign = await saved();
  const about = JSON.parse(await readFile(join(foreign, 'dataset.json'), 'utf8'));
  await writeFile(join(foreign, 'dataset.json'), JSON.stringify({ ...about, version: 99 }));
  await refused(foreign);

  const texts = await saved();
  const items = (await readSafetensors(join(texts, 'items.safetensors'))).tensors;
  items['ids.offsets']!.data[1] = 99n;
  await writeSafetensors(join(texts, 'items.safetensors'), items);
  await refused(texts);

  const lost = await saved();
  rmSync(join(lost, 'dataset.json'));
  await expect(loadDataset(lost)).rejects.toMatchObject({ code: 'ERR_IO' });
});
