// Writes the table of encoders in docs/text.md: `node scripts/docs-text.mjs` (needs dist and COHEAR_SHARED).
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const { evaluateText, loadConfig } = await import('../dist/pipeline/index.js');
const model = resolve(process.env.COHEAR_SHARED ?? '../shared', 'models/all-MiniLM-L6-v2');
const PAGE = 'docs/text.md';
const [BEGIN, END] = ['<!-- encoders:begin -->', '<!-- encoders:end -->'];

const encoders = [
  ['`hashing`', 'hashing'],
  ['`built-in`', 'built-in'],
  ['all-MiniLM-L6-v2', { onnx: model }],
];
const percent = ({ value, low, high }) => `${value.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`;
const rows = [];
for (const [name, value] of encoders) {
  const config = await loadConfig('examples/food-kitchen/cohear.config.ts', [
    { path: ['text', 'encoder'], value },
  ]);
  const { encoder, neighbours, llmKnn } = await evaluateText(config);
  const of = (items, candidates) =>
    llmKnn.find(
      (r) => r.scope === 'all' && r.users === 'all' && r.items === items && r.candidates === candidates,
    ).metrics['hr@10'];
  rows.push(
    `| ${[name, encoder.dimension, neighbours.hitRate.toFixed(4), neighbours.anyHit.toFixed(4), percent(of('all', 'all')), percent(of('warm', 'all')), percent(of('cold', 'cold'))].join(' | ')} |`,
  );
  rows.chance = neighbours;
}
const { items, asked, chance } = rows.chance;
const table = `${BEGIN}
| encoder | dimensions | neighbour_hit_rate@10 | any_hit@10 | LLM-KNN HR@10 | on warm items | cold items among cold |
|---|---|---|---|---|---|---|
${rows.join('\n')}

food-kitchen: ${items.toLocaleString('en')} items with titles, ${asked.toLocaleString('en')} asked, ${chance.toFixed(4)} by chance; LLM-KNN on all types, validation window, with 95 % intervals. Made by \`node scripts/docs-text.mjs\`.
${END}`;
const page = readFileSync(PAGE, 'utf8');
const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
if (from < 0 || to < 0) throw new Error(`${PAGE} lacks ${BEGIN} … ${END}`);
writeFileSync(PAGE, page.slice(0, from) + table + page.slice(to + END.length));
