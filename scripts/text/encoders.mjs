// Writes the tables of encoders and of storages in docs/text.md: what each is worth without training, by `cohear text eval`.
//
//     node scripts/text/encoders.mjs
import { CONFIG, interval, MODEL, startEmbeddings, table, writePart } from './lib.mjs';

const { evaluateText, loadConfig } = await import('../../dist/pipeline/index.js');
const server = await startEmbeddings();
const encoders = [
  ['`hashing`', 'hashing'],
  ['`built-in`', 'built-in'],
  ['all-MiniLM-L6-v2', { onnx: MODEL }],
  ['the same behind an endpoint', server.encoder],
];
const STORAGES = ['f32', 'f16', 'int8'];
let last;

async function judge(value, storage = 'f32') {
  const { encoder, neighbours, llmKnn } = await evaluateText(
    await loadConfig(CONFIG, [
      { path: ['text', 'encoder'], value },
      { path: ['text', 'storage'], value: storage },
    ]),
  );
  last = neighbours;
  const of = (items, candidates) =>
    interval(
      llmKnn.find(
        (r) => r.scope === 'all' && r.users === 'all' && r.items === items && r.candidates === candidates,
      ).metrics['hr@10'],
    );
  return { dimension: encoder.dimension, neighbours, of };
}

const rows = [];
const kept = [];
for (const [name, value] of encoders) {
  const { dimension, neighbours, of } = await judge(value);
  const rates = [neighbours.hitRate.toFixed(4), neighbours.anyHit.toFixed(4)];
  rows.push([name, dimension, ...rates, of('all', 'all'), of('warm', 'all'), of('cold', 'cold')]);
  if (value !== 'built-in' && value.onnx === undefined) continue;
  for (const storage of STORAGES) {
    const stored = await judge(value, storage);
    kept.push([
      name,
      storage,
      { f32: 4 * dimension, f16: 2 * dimension, int8: dimension + 4 }[storage],
      stored.neighbours.hitRate.toFixed(5),
      stored.neighbours.anyHit.toFixed(5),
      stored.of('all', 'all'),
    ]);
  }
}
await server.stop();
const head = [
  'encoder',
  'dimensions',
  'neighbour_hit_rate@10',
  'any_hit@10',
  'LLM-KNN HR@10',
  'on warm items',
  'cold items among cold',
];
writePart(
  'encoders',
  `${table(head, rows)}

food-kitchen: ${last.items.toLocaleString('en')} items with titles, ${last.asked.toLocaleString('en')} asked, ${last.chance.toFixed(4)} by chance; LLM-KNN on all types, validation window, with 95 % intervals. Made by \`node scripts/text/encoders.mjs\`.`,
);
writePart(
  'storage',
  `${table(['encoder', '`text.storage`', 'bytes a row', 'neighbour_hit_rate@10', 'any_hit@10', 'LLM-KNN HR@10'], kept)}

As above: what fewer bits cost on food-kitchen, by \`node scripts/text/encoders.mjs\`.`,
);
