// Search in the shared space beside plain text neighbours, and the table of it in docs/text.md:
//
//     node scripts/text/search.mjs build/text-runs/built-in [build/text-runs/onnx ...] [--queries 300] [--write]
//
// Queries are (a) the titles of items that were taken in the validation window, drawn evenly: how many of the ten best
// others were taken by the same users in that window, which no run has seen; (b) half of the words of such titles, of six
// or more, drawn at random: how often the item itself is among the ten best, and how many of the others were taken with
// it; (c) words that stand in 20 to 200 titles: how many of the ten best have the word in their title.
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { CONFIG, table, writePart } from './lib.mjs';

const { values, positionals } = parseArgs({
  options: { queries: { type: 'string', default: '300' }, write: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const { loadConfig, openRecommendations } = await import('../../dist/pipeline/index.js');
const { readDataset, splitTimes } = await import('../../dist/events/index.js');
const { permutation } = await import('../../dist/random/index.js');

const config = await loadConfig(CONFIG);
const { events, items, users, folder } = config;
const { catalogue, log } = await readDataset({ events, items, users }, { folder });
const { validation, test } = splitTimes(log, config.split);
const takers = new Map(); // item -> users in the window
const taken = new Map(); // user -> items in the window
const put = (map, key, value) => map.get(key)?.add(value) ?? map.set(key, new Set([value]));
for (let e = 0; e < log.length; e++) {
  if (log.time[e] < validation || log.time[e] >= test) continue;
  put(takers, log.item[e], log.user[e]);
  put(taken, log.user[e], log.item[e]);
}
const rowOf = new Map(catalogue.ids.map((id, row) => [id, row]));
const titles = catalogue.titles;
const draw = (list, seed) =>
  Array.from(permutation(list.length, seed).subarray(0, Number(values.queries)), (i) => list[i]);
/** Items that somebody who took the item in the window also took there. */
const together = (item) =>
  new Set([...takers.get(item)].flatMap((user) => [...taken.get(user)]).filter((other) => other !== item));
const asked = draw(
  [...takers.keys()].filter((row) => titles[row] && together(row).size > 0).sort((a, b) => a - b),
  1,
);
const wordsOf = (title) => new Set(title.toLowerCase().match(/[a-z]{4,}/g));
const withWord = new Map();
titles.forEach((title, row) => {
  if (title) for (const word of wordsOf(title)) put(withWord, word, row);
});
const words = draw(
  [...withWord]
    .filter(([, rows]) => rows.size >= 20 && rows.size <= 200)
    .map(([word]) => word)
    .sort(),
  2,
);

const partial = draw(
  [...takers.keys()]
    .filter((row) => titles[row]?.split(/\s+/).length >= 6 && together(row).size > 0)
    .sort((a, b) => a - b),
  3,
);
/** Half of a title's words, in their order. */
function halfOf(title, seed) {
  const parts = title.split(/\s+/);
  const kept = new Set(permutation(parts.length, seed).subarray(0, parts.length >> 1));
  return parts.filter((_, i) => kept.has(i)).join(' ');
}

const rows = [];
for (const workdir of positionals) {
  const run = await openRecommendations(workdir);
  for (const space of ['text', 'hgnn', 'towers']) {
    const find = async (query, k) => (await run.search(query, { k, space })).map(({ id }) => rowOf.get(id));
    /** Share of the ten best others of an item that were taken with it. */
    const takenWith = (item, found) => {
      const wanted = together(item);
      const others = found.filter((row) => row !== item && titles[row] !== titles[item]).slice(0, 10);
      return others.filter((row) => wanted.has(row)).length / 10;
    };
    const mean = (values) => (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(4);
    const [byTitle, itself, byHalf, right] = [[], [], [], []];
    for (const item of asked) byTitle.push(takenWith(item, await find(titles[item], 40)));
    for (const [i, item] of partial.entries()) {
      const found = await find(halfOf(titles[item], i), 40);
      itself.push(found.slice(0, 10).includes(item) ? 1 : 0);
      byHalf.push(takenWith(item, found));
    }
    for (const word of words) {
      const found = await find(word, 10);
      right.push(found.filter((row) => titles[row] && wordsOf(titles[row]).has(word)).length / 10);
    }
    rows.push([`\`${basename(workdir)}\``, space, ...[byTitle, itself, byHalf, right].map(mean)]);
    console.error(rows.at(-1).join(' '));
  }
}
const text = `${table(
  [
    'run',
    '`--space`',
    'by a title: taken with it@10',
    'by half of its words: itself@10',
    'by half of its words: taken with it@10',
    'by a word: the word in the title@10',
  ],
  rows,
)}

food-kitchen: ${asked.length} titles of items taken in the validation window, after the runs' cut, ${partial.length} halves of titles of six words or more, and ${words.length} single words. Made by \`node scripts/text/search.mjs WORKDIR … --write\`.`;
if (values.write) writePart('search', text);
else console.log(text);
