import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type NamedTensor,
  readJson,
  readSafetensors,
  writeJson,
  writeSafetensors,
} from '../artifacts/index.js';
import { CohearError, require } from '../errors/index.js';
import { makeCatalogue, makeUsers } from './catalogue.js';
import { packTexts, unpackTexts } from './packed-texts.js';
import type { Dataset, EventKind, EventLog, IngestReport } from './types.js';

/** The files of a saved dataset. dataset.json is written last: where it is, all are. */
const FILES = {
  log: 'log.safetensors',
  test: 'test.safetensors',
  items: 'items.safetensors',
  users: 'users.safetensors',
  about: 'dataset.json',
};

/** Changes when the files' layout does. */
const VERSION = 1;

interface About {
  readonly version: number;
  readonly types: readonly string[];
  readonly itemCategories: readonly string[];
  readonly userCategories: readonly string[];
  readonly userNumbers: readonly string[];
  readonly kinds: readonly EventKind[];
  /** Whether there is a file of held-out events. */
  readonly test?: boolean;
  readonly report: IngestReport;
}

type Tensors = Record<string, NamedTensor>;
const vector = (data: NamedTensor['data']): NamedTensor => ({ data, shape: [data.length] });

/** Writes a dataset into a folder (made if needed) as arrays that {@link loadDataset} reads back as they were. */
export async function saveDataset(
  folder: string,
  { catalogue, users, log, test, report }: Dataset,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const itemCategories = Object.keys(catalogue.categories);
  const userCategories = Object.keys(users.categories);
  const userNumbers = Object.keys(users.numbers);
  await writeSafetensors(join(folder, FILES.log), logTensors(log));
  if (test) await writeSafetensors(join(folder, FILES.test), logTensors(test));
  const items: Tensors = { typeOffsets: vector(catalogue.typeOffsets) };
  packTexts(items, 'ids', catalogue.ids);
  packTexts(items, 'titles', catalogue.titles);
  packTexts(items, 'descriptions', catalogue.descriptions);
  for (const [i, key] of itemCategories.entries())
    packTexts(items, `category${i}`, catalogue.categories[key]!);
  await writeSafetensors(join(folder, FILES.items), items);
  const people: Tensors = {};
  packTexts(people, 'ids', users.ids);
  for (const [i, key] of userCategories.entries()) packTexts(people, `category${i}`, users.categories[key]!);
  for (const [i, key] of userNumbers.entries()) people[`number${i}`] = vector(users.numbers[key]!);
  await writeSafetensors(join(folder, FILES.users), people);
  const { types } = catalogue;
  const about: About = {
    version: VERSION,
    types,
    itemCategories,
    userCategories,
    userNumbers,
    kinds: log.kinds,
    ...(test && { test: true }),
    report,
  };
  await writeJson(join(folder, FILES.about), about);
}

/**
 * Reads a dataset that {@link saveDataset} wrote.
 * @throws CohearError ERR_IO where there is none, ERR_FORMAT when its files do not fit each other
 */
export async function loadDataset(folder: string): Promise<Dataset> {
  const about = await readJson<About>(join(folder, FILES.about)).catch((cause: Error) => {
    throw new CohearError('ERR_IO', `${folder} holds no saved dataset: ${cause.message}`, { cause });
  });
  require(about.version === VERSION, 'ERR_FORMAT', () =>
    `${folder}: want layout ${VERSION}, got ${about.version}`);
  const [events, items, people] = await Promise.all(
    [FILES.log, FILES.items, FILES.users].map(
      async (file) => (await readSafetensors(join(folder, file))).tensors,
    ),
  );
  const texts = (tensors: Tensors, key: string) => unpackTexts(tensors, key, folder);
  const categories = (tensors: Tensors, keys: readonly string[]) =>
    Object.fromEntries(keys.map((key, i) => [key, texts(tensors, `category${i}`)]));
  const catalogue = makeCatalogue({
    ids: texts(items!, 'ids') as string[],
    types: about.types,
    typeOffsets: items!.typeOffsets?.data as Uint32Array,
    titles: texts(items!, 'titles'),
    descriptions: texts(items!, 'descriptions'),
    categories: categories(items!, about.itemCategories),
  });
  const users = makeUsers({
    ids: texts(people!, 'ids') as string[],
    categories: categories(people!, about.userCategories),
    numbers: Object.fromEntries(
      about.userNumbers.map((key, i) => [key, people![`number${i}`]?.data as Float32Array]),
    ),
  });
  const readLog = (tensors: Tensors): EventLog => {
    const log = logOf(tensors, about.kinds);
    checkLog(log, users.size, catalogue.size, folder);
    return log;
  };
  const log = readLog(events!);
  const test = about.test && readLog((await readSafetensors(join(folder, FILES.test))).tensors);
  return { catalogue, users, log, ...(test && { test }), report: about.report };
}

const logTensors = ({ user, item, kind, time }: EventLog): Tensors => ({
  user: vector(user),
  item: vector(item),
  kind: vector(kind),
  time: vector(time),
});

const logOf = ({ user, item, kind, time }: Tensors, kinds: readonly EventKind[]): EventLog => ({
  length: user?.data.length ?? 0,
  user: user?.data as Uint32Array,
  item: item?.data as Uint32Array,
  kind: kind?.data as Uint8Array,
  time: time?.data as Float64Array,
  kinds,
});

function checkLog(
  { length, user, item, kind, time, kinds }: EventLog,
  users: number,
  items: number,
  folder: string,
): void {
  const fits =
    user instanceof Uint32Array &&
    item instanceof Uint32Array &&
    kind instanceof Uint8Array &&
    time instanceof Float64Array &&
    item.length === length &&
    kind.length === length &&
    time.length === length &&
    user.every((row) => row < users) &&
    item.every((row) => row < items) &&
    kind.every((index) => index < kinds.length);
  require(fits, 'ERR_FORMAT', () =>
    `${folder}: the events do not fit the ${users} users, ${items} items and ${kinds.length} kinds`);
}
