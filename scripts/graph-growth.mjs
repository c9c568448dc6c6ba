// How building a graph grows: synthetic histories at a fraction of 200 M events of 10 M users over 3.75 M items of
// two types, into a file within a memory budget, the 50 strongest neighbours per item and type.
//
//     node scripts/graph-growth.mjs [fraction=0.01] [memoryBudget=4e9] [maxHistory=200] [folder]
import { rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildItemGraph, ItemGraph, threads } from '../dist/index.js';

const [fraction = 0.01, memoryBudget = 4e9, maxHistory = 200] = process.argv.slice(2, 5).map(Number);
const file = join(process.argv[5] ?? tmpdir(), `cohear-growth-${process.pid}.safetensors`);
const users = Math.round(10e6 * fraction);
const items = Math.round(3.75e6 * fraction);
const events = Math.round(200e6 * fraction);

/** Numbers in [0, 1) from a 32-bit mix of a counter: quick, and the same everywhere. */
let counter = 0;
function next() {
  let x = (counter = (counter + 0x9e3779b9) >>> 0);
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return ((x ^ (x >>> 15)) >>> 0) / 2 ** 32;
}
const shared = (Type, length) => new Type(new SharedArrayBuffer(length * Type.BYTES_PER_ELEMENT));

const started = performance.now();
// Activity is lognormal, popularity a power law over ranks that are scattered over the rows.
const activity = Float64Array.from({ length: users }, () =>
  Math.exp(Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())),
);
const total = activity.reduce((a, b) => a + b, 0);
const offsets = shared(BigUint64Array, users + 1);
let at = 0;
let share = 0;
for (let u = 0; u < users; u++) {
  share += activity[u];
  at = Math.round((share / total) * events);
  offsets[u + 1] = BigInt(at);
}
const item = shared(Uint32Array, at);
const time = shared(Float64Array, at);
for (let u = 0, e = 0; u < users; u++) {
  const end = Number(offsets[u + 1]);
  for (const first = e; e < end; e++) {
    const rank = Math.floor(((items ** 0.25 - 1) * next() + 1) ** 4) - 1;
    item[e] = (Math.min(rank, items - 1) * 2654435761) % items;
    time[e] = 1.7e9 + e - first;
  }
}
const made = performance.now();
const cpu = process.cpuUsage();
const graph = await buildItemGraph(
  { offsets, item, time },
  { typeOffsets: Uint32Array.of(0, Math.round(items / 15), items) },
  { file, memoryBudget, maxHistory, prune: { score: 'damped', topK: 50 } },
);
const built = performance.now();
const { user, system } = process.cpuUsage(cpu);
/** Milliseconds until a file is open, of the quickest of three. */
async function opening(options) {
  const took = [];
  for (let run = 0; run < 3; run++) {
    const begun = performance.now();
    (await ItemGraph.open(file, options)).close();
    took.push(performance.now() - begun);
  }
  return Number(Math.min(...took).toFixed(2));
}
console.log(
  JSON.stringify({
    fraction,
    users,
    items,
    events: at,
    threads: threads(),
    edges: graph.edges,
    file_mb: Math.round(statSync(file).size / 1e6),
    make_histories_s: Math.round((made - started) / 1e3),
    build_s: Number(((built - made) / 1e3).toFixed(1)),
    build_cpu_s: Number(((user + system) / 1e6).toFixed(1)),
    open_checked_ms: await opening(),
    open_structure_ms: await opening({ check: 'structure' }),
    peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
  }),
);
graph.close();
rmSync(file);
