// Prints the gowalla table: what every baseline reaches here beside what was published for it.
//   npx cohear run --config examples/gowalla/cohear.config.ts --workdir runs/gowalla
//   node examples/gowalla/table.mjs runs/gowalla
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Recall@20 / NDCG@20, full ranking, train items left out, the split of LightGCN. */
const PUBLISHED = {
  'item-knn': [0.157, 0.1214],
  bpr: [0.1627, 0.1378],
  ease: [0.1765, 0.1467],
  'gf-cf': [0.1849, 0.1518],
};

const [workdir] = process.argv.slice(2);
if (workdir === undefined) throw new Error('usage: node examples/gowalla/table.mjs WORKDIR');
const { systems } = JSON.parse(readFileSync(join(workdir, 'evaluation.json'), 'utf8'));
const short = (value) => (value === undefined ? '–' : value.toFixed(4).replace(/^0/, ''));
console.log('| system | Recall@20 | NDCG@20 | published | ratio | coverage@10 |');
console.log('|---|---|---|---|---|---|');
for (const { name, scope, users, items, metrics } of systems) {
  if (scope !== 'all' || users !== 'all' || items !== 'all') continue;
  const own = [metrics['recall@20'].value, metrics['ndcg@20'].value];
  const theirs = PUBLISHED[name];
  const cells = [
    name,
    ...own.map(short),
    theirs ? theirs.map(short).join(' / ') : '–',
    theirs ? theirs.map((value, i) => (own[i] / value).toFixed(3)).join(' / ') : '–',
    short(metrics['coverage@10'].value),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
