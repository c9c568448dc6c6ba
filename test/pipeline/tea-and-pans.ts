import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * items.csv (id, title, kind) and events.csv (u, i, t) in a folder: 12 teas and 12 pans, 60 users of whom half take
 * teas and half pans, and now and then one of the others.
 * @param more items that nobody takes
 */
export async function writeTeaAndPans(
  folder: string,
  more: readonly (readonly [id: string, title: string, kind: string])[],
): Promise<void> {
  const things = ['green tea', 'black tea', 'herbal tea', 'iron pan', 'steel pan', 'copper pan'];
  const items = things.flatMap((thing, t) =>
    ['small', 'large', 'old', 'new'].map((word, c) => [
      `i${t}${c}`,
      `${word} ${thing}`,
      t < 3 ? 'tea' : 'pan',
    ]),
  );
  const events = Array.from({ length: 60 }, (_, u) =>
    Array.from({ length: 6 }, (__, d) => {
      const item = items[((u < 30 ? 0 : 12) + ((u * 5 + d * 7) % 12) + (d === 5 ? 12 : 0)) % 24]!;
      return `u${u},${item[0]},2024-0${1 + (d >> 1)}-${String(1 + ((u + d * 11) % 28)).padStart(2, '0')}`;
    }),
  ).flat();
  await writeFile(
    join(folder, 'items.csv'),
    ['id,title,kind', ...[...items, ...more].map((row) => row.join())].join('\n'),
  );
  await writeFile(join(folder, 'events.csv'), ['u,i,t', ...events].join('\n'));
}
