// Text encoders beside what one would write by hand, on food-kitchen's titles. The built-in encoder beside Hugging
// Face's `tokenizers` alone (encodeBatch, whose ids are still to be looked up and pooled) and beside its static half in
// numpy with the same tokenizer in Python; an ONNX sentence encoder beside onnxruntime-node by hand (batches of 32 in
// order of token count, padded, all threads in one session) and beside transformers.js. Vectors are compared first.
// Usage: node bench/versus/text.mjs [built-in onnx] [--threads 2] [--titles 2048] [--rounds 5]
//   --python FILE            a Python with numpy and tokenizers; without it, that peer is left out
//   --transformers FOLDER    a folder with @huggingface/transformers in its node_modules; the same
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
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
    python: { type: 'string' },
    transformers: { type: 'string' },
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
      const own = await call(); // seconds, where the side has a clock of its own
      if (round > 0) took[name].push(typeof own === 'number' ? own : (performance.now() - start) / 1000);
    }
  return took;
}
/** The smallest cosine of two matrices' rows; rows of zeros in both count as equal. */
function leastCosine(a, b, rows, cols, at = (r) => r * cols) {
  let least = 1;
  for (let r = 0; r < rows; r++) {
    let [dot, x, y] = [0, 0, 0];
    for (let d = 0; d < cols; d++) {
      const [u, v] = [a[at(r) + d], b[r * cols + d]];
      dot += u * v;
      x += u * u;
      y += v * v;
    }
    if (x > 0 || y > 0) least = Math.min(least, dot / Math.sqrt(x * y));
  }
  return least;
}
function same(cosine) {
  if (!(cosine > 0.9999)) throw new Error(`the vectors differ: cosine ${cosine}`);
}
const tellAll = (name, took, count) => {
  for (const peer of Object.keys(took).filter((side) => side !== 'cohear')) tell(name, took, peer, count);
};
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

/** The Python peer: a program that encodes all titles for each line it is sent. */
async function pythonSide(rows, cols) {
  const folder = mkdtempSync(join(tmpdir(), 'cohear-versus-'));
  const file = join(folder, 'titles.json');
  writeFileSync(file, JSON.stringify(titles));
  const here = (path) => fileURLToPath(new URL(path, import.meta.url));
  const child = spawn(
    values.python,
    [
      here('static_text.py'),
      here('../../assets/static-encoder/table.safetensors'),
      join(model, 'tokenizer.json'),
      file,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, RAYON_NUM_THREADS: String(threads) } },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  const { buffer } = new Uint8Array(readFileSync(`${file}.f32`));
  same(leastCosine(rows, new Float32Array(buffer), titles.length, 64, (r) => r * cols));
  rmSync(folder, { recursive: true });
  return {
    async run() {
      child.stdin.write('go\n');
      return Number((await lines.next()).value);
    },
    stop: () => child.stdin.end(),
  };
}

async function builtIn() {
  const encoder = await staticEncoder();
  const { data, cols } = await encoder.encode(titles);
  const python = values.python && (await pythonSide(data, cols));
  const took = await turns({
    cohear: () => encoder.encode(titles),
    'tokenizers alone': async () => {
      for (let at = 0; at < titles.length; at += 1024)
        await tokenizer.encodeBatch(titles.slice(at, at + 1024));
    },
    ...(python && { 'numpy + tokenizers': () => python.run() }),
  });
  python?.stop();
  tellAll('built-in encoder', took, titles.length);
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
  const ours = (await encoder.encode(some)).data;
  same(leastCosine(ours, await byHand(session, some), some.length, 384));
  const transformers = values.transformers && (await transformersSide());
  if (transformers) same(leastCosine(ours, await transformers(some), some.length, 384));
  const took = await turns({
    cohear: () => encoder.encode(some),
    'onnxruntime-node': () => byHand(session, some).then(() => undefined),
    ...(transformers && { 'transformers.js': () => transformers(some).then(() => undefined) }),
  });
  tellAll('all-MiniLM-L6-v2', took, some.length);
  await encoder.close();
}

/** Its feature-extraction pipeline, given batches of 32 in order of length. */
async function transformersSide() {
  const path = createRequire(join(resolve(values.transformers), 'x.js')).resolve('@huggingface/transformers');
  const { env, pipeline } = await import(pathToFileURL(path).href);
  Object.assign(env, { allowRemoteModels: false, localModelPath: join(shared, 'models') });
  const embed = await pipeline('feature-extraction', 'all-MiniLM-L6-v2', {
    dtype: 'q8',
    device: 'cpu',
    session_options: { intraOpNumThreads: threads, interOpNumThreads: 1 },
  });
  return async (texts) => {
    const order = texts.map((_, i) => i).sort((a, b) => texts[b].length - texts[a].length);
    const rows = new Float32Array(texts.length * 384);
    for (let at = 0; at < order.length; at += 32) {
      const batch = order.slice(at, at + 32);
      const { data } = await embed(
        batch.map((i) => texts[i]),
        { pooling: 'mean', normalize: true },
      );
      batch.forEach((i, b) => {
        rows.set(data.subarray(b * 384, (b + 1) * 384), i * 384);
      });
    }
    return rows;
  };
}

if (cases.includes('built-in')) await builtIn();
if (cases.includes('onnx')) await onnx();
process.exit(0); // sessions of onnxruntime keep threads
