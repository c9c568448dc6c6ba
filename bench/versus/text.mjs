// Text encoders beside what one would write by hand, on food-kitchen's titles: the built-in encoder beside Hugging
// Face's `tokenizers` alone (encodeBatch, whose ids the peer of M1 still has to look up and pool), and an ONNX
// sentence encoder beside onnxruntime-node by hand (batches of 32 in order of token count, padded, all threads in
// one session). Vectors of both sides are compared first.
// Usage: node bench/versus/text.mjs [built-in onnx] [--threads 2] [--titles 2048] [--rounds 5]
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readDataset } from '../../dist/events/index.js';
import { threads as poolThreads, setThreads } from '../../dist/index.js';
import { onnxEncoder, staticEncoder } from '../../dist/text/index.js';
import { emit, median } from '../lib/subject.mjs';

const { values, positionals } = parseArgs({
  options: {
    threads: { type: 'string', default: String(poolThreads()) },
    titles: { type: 'string', default: '2048' },
    rounds: { type: 'string', default: '5' },
  },
  allowPositionals: true,
});
const threads = Number(values.threads.split(',').at(-1));
const cases = positionals.length ? positionals : ['built-in', 'onnx'];
const shared = resolve(process.env.COHEAR_SHARED ?? '../shared');
const model = join(shared, 'models/all-MiniLM-L6-v2');
const load = createRequire(import.meta.url);
const { Tokenizer } = load('tokenizers');
const ort = load('onnxruntime-node');

const { catalogue } = await readDataset(
  {
    events: { file: 'events.parquet', columns: { user: 'user_id', item: 'item_id', time: 'ts' } },
    items: { file: 'items.parquet', columns: { item: 'item_id', title: 'title' } },
  },
  { folder: join(shared, 'data/food-kitchen') },
);
const titles = catalogue.titles.filter((title) => title !== null && title.trim() !== '');
setThreads(threads);
const tokenizer = Tokenizer.fromFile(join(model, 'tokenizer.json'));
tokenizer.setTruncation(256);
tokenizer.disablePadding();

/** Turn by turn: seconds of each side in each round, after one round that does not count. */
async function turns(sides) {
  const took = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let round = 0; round <= Number(values.rounds); round++)
    for (const [name, call] of Object.entries(sides)) {
      const start = performance.now();
      await call();
      if (round > 0) took[name].push((performance.now() - start) / 1000);
    }
  return took;
}
function tell(name, took, peer, count) {
  const ratios = took[peer].map((seconds, round) => seconds / took.cohear[round]);
  const runs = ratios.length;
  const rate = (side) => count / median(took[side]);
  emit(name, 'rate_median', rate(peer), 'titles/s', threads, { peer, runs });
  emit(name, 'rate_median', rate('cohear'), 'titles/s', threads, { runs, beside: peer });
  emit(name, 'ratio', median(ratios), 'x', threads, {
    runs,
    beside: peer,
    low: Number(Math.min(...ratios).toPrecision(4)),
    high: Number(Math.max(...ratios).toPrecision(4)),
  });
}

async function builtIn() {
  const encoder = await staticEncoder();
  const took = await turns({
    cohear: () => encoder.encode(titles),
    tokenizers: async () => {
      for (let at = 0; at < titles.length; at += 1024)
        await tokenizer.encodeBatch(titles.slice(at, at + 1024));
    },
  });
  tell('built-in encoder', took, 'tokenizers', titles.length);
}

/** Batches of 32 in order of token count, each padded to its longest; mean over the real tokens, unit length. */
async function byHand(session, texts) {
  const encodings = await tokenizer.encodeBatch(texts);
  const ids = encodings.map((encoding) => encoding.getIds());
  const order = ids.map((_, i) => i).sort((a, b) => ids[b].length - ids[a].length);
  const rows = new Float32Array(texts.length * 384);
  for (let at = 0; at < order.length; at += 32) {
    const batch = order.slice(at, at + 32);
    const length = ids[batch[0]].length;
    const input = new BigInt64Array(batch.length * length);
    const mask = new BigInt64Array(batch.length * length);
    batch.forEach((text, b) => {
      ids[text].forEach((id, p) => {
        input[b * length + p] = BigInt(id);
        mask[b * length + p] = 1n;
      });
    });
    const tensor = (data) => new ort.Tensor('int64', data, [batch.length, length]);
    const { last_hidden_state: hidden } = await session.run({
      input_ids: tensor(input),
      attention_mask: tensor(mask),
      token_type_ids: tensor(new BigInt64Array(batch.length * length)),
    });
    batch.forEach((text, b) => {
      const row = rows.subarray(text * 384, (text + 1) * 384);
      for (let p = 0; p < ids[text].length; p++)
        for (let d = 0; d < 384; d++) row[d] += hidden.data[(b * length + p) * 384 + d];
      const norm = Math.hypot(...row);
      for (let d = 0; d < 384; d++) row[d] /= norm;
    });
  }
  return rows;
}

async function onnx() {
  const some = titles.slice(0, Number(values.titles));
  const encoder = await onnxEncoder({ folder: model });
  const session = await ort.InferenceSession.create(join(model, 'onnx/model_quantized.onnx'), {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
  });
  const [ours, theirs] = [(await encoder.encode(some)).data, await byHand(session, some)];
  let worst = 1;
  for (let r = 0; r < some.length; r++) {
    let dot = 0;
    for (let d = 0; d < 384; d++) dot += ours[r * 384 + d] * theirs[r * 384 + d];
    worst = Math.min(worst, dot);
  }
  if (worst < 0.9999) throw new Error(`the vectors differ: cosine ${worst}`);
  const took = await turns({
    cohear: () => encoder.encode(some),
    'onnxruntime-node': () => byHand(session, some),
  });
  tell('all-MiniLM-L6-v2', took, 'onnxruntime-node', some.length);
  await encoder.close();
}

if (cases.includes('built-in')) await builtIn();
if (cases.includes('onnx')) await onnx();
process.exit(0); // sessions of onnxruntime keep threads
