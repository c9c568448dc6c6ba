// Graph assembly, aggregation and exact top-k through the public API, on synthetic data.
// Usage: node bench/graph.mjs [--threads 1,2] [--seconds 1]
import { buildItemGraph, topK } from '../dist/index.js';
import { addon } from '../dist/native/index.js';
import { encodeTable } from '../dist/tensor/index.js';
import { generator } from './lib/graph.mjs';
import { machine } from './lib/machine.mjs';
import { measure, subjectArguments } from './lib/subject.mjs';

const { threads, seconds } = subjectArguments();
const random = generator(7);
const shared = (Type, values) => {
  const out = new Type(new SharedArrayBuffer(values.length * Type.BYTES_PER_ELEMENT));
  out.set(values);
  return out;
};

/** Users with up to `most` events over items of power-law popularity. */
function histories(users, items, most) {
  const [offsets, item] = [[0n], []];
  for (let u = 0; u < users; u++) {
    for (let e = Math.floor(random() * most); e > 0; e--) item.push(Math.floor(random() ** 2.5 * items));
    offsets.push(BigInt(item.length));
  }
  return {
    offsets: shared(BigUint64Array, offsets),
    item: shared(Uint32Array, item),
    time: shared(
      Float64Array,
      Float64Array.from(item, (_, e) => e),
    ),
  };
}
/** Pairs of an item and an event of the same user: what counting looks at, repeats included. */
const pairsOf = ({ offsets }) => {
  let pairs = 0;
  for (let u = 0; u + 1 < offsets.length; u++) pairs += Number(offsets[u + 1] - offsets[u]) ** 2;
  return pairs;
};
const WIDE = 3_000_000;
const cases = [
  { name: 'co-interaction, 40 k items, top 100', items: 40_000, given: histories(30_000, 40_000, 54) },
  { name: `co-interaction, ${WIDE / 1e6} M items, top 100`, items: WIDE, given: histories(60_000, WIDE, 40) },
];
for (const count of threads) {
  for (const { name, items, given } of cases) {
    const pairs = pairsOf(given);
    const build = async () => {
      const options = { prune: { score: 'count', topK: 100 } };
      (await buildItemGraph(given, { typeOffsets: Uint32Array.of(0, items) }, options)).close();
      return pairs;
    };
    await measure(name, count, build, { seconds, unit: 'pairs/s' });
  }
}

// A sampled block: 20 k targets, 10 edges each on average, of 200 k source rows.
const [SOURCES, TARGETS, WIDTH] = [200_000, 20_000, 256];
const offsets = new BigUint64Array(TARGETS + 1);
const sampled = [];
for (let v = 0; v < TARGETS; v++) {
  for (let e = 1 + Math.floor(random() * 19); e > 0; e--) sampled.push(Math.floor(random() * SOURCES));
  offsets[v + 1] = BigInt(sampled.length);
}
const indices = Uint32Array.from(sampled);
const x = Float32Array.from({ length: SOURCES * WIDTH }, (_, i) => (i % 997) / 997);
const out = new Float32Array(TARGETS * WIDTH);
const dx = new Float32Array(x.length);
const argmax = new Int32Array(out.length);
const dy = new Float32Array(out.length).fill(1);
const MODES = { max: 0, mean: 1, sum: 2 };
for (const count of threads) {
  const limit = machine(count).readBandwidth / 1e9;
  for (const [mode, number] of Object.entries(MODES)) {
    const gathered = (indices.length * WIDTH * 4) / 1e9;
    const forward = (keep) =>
      addon.gatherAggregate(offsets, indices, x, SOURCES, WIDTH, number, null, out, keep, false);
    const plain = () => {
      forward(null);
      return gathered;
    };
    await measure(`gather ${mode} width ${WIDTH}`, count, plain, { seconds, unit: 'GB/s', limit });
    const keep = mode === 'max' ? argmax : null;
    const both = () => {
      forward(keep);
      addon.gatherAggregateGradient(offsets, indices, dy, SOURCES, WIDTH, number, null, keep, dx, null);
    };
    await measure(`gather ${mode} width ${WIDTH}, with gradient`, count, both, { seconds });
  }
  for (const element of ['bf16', 'int8']) {
    const { values, scales } = encodeTable(x, WIDTH, element);
    const number = { bf16: 2, int8: 3 }[element];
    const gathered = (indices.length * WIDTH * values.BYTES_PER_ELEMENT) / 1e9;
    const forward = () => {
      addon.gatherAggregateTable(
        offsets,
        indices,
        values,
        number,
        scales ?? null,
        SOURCES,
        WIDTH,
        MODES.mean,
        null,
        out,
      );
      return gathered;
    };
    await measure(`gather mean width ${WIDTH} of ${element}`, count, forward, {
      seconds,
      unit: 'GB/s',
      limit,
    });
  }
}

const ITEMS = 100_000;
const DIMENSIONS = 128;
const rows = (count) => ({
  data: shared(
    Float32Array,
    Float32Array.from({ length: count * DIMENSIONS }, () => random() - 0.5),
  ),
  rows: count,
  cols: DIMENSIONS,
});
const [items, queries] = [rows(ITEMS), rows(512)];
for (const count of threads) {
  const search = async () => {
    await topK(queries, items, { k: 100 });
    return queries.rows;
  };
  await measure(`top 100 of ${ITEMS} x ${DIMENSIONS}`, count, search, { seconds, unit: 'queries/s' });
}
