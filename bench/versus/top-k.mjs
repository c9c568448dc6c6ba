// Exact top 100 by inner product beside implicit, torch and faiss: a million items of 128 dimensions and 20 thousand.
// The peers' own vectors; where a peer gives its scores, they are compared. Our lists are those of 32-bit floats,
// though most items are looked at through 8-bit copies only where the processor has AVX-512 VNNI.
// Usage: node bench/versus/top-k.mjs [--threads 1,2] [--sizes 1000000,20000] [--queries 512] [--peer implicit,torch,faiss]
import { parseArgs } from 'node:util';
import { setThreads, topK } from '../../dist/index.js';
import { ensurePeers, versus } from '../lib/peers.mjs';

const { values } = parseArgs({
  options: {
    threads: { type: 'string', default: '1,2' },
    sizes: { type: 'string', default: '1000000,20000' },
    queries: { type: 'string', default: '512' },
    peer: { type: 'string', default: 'implicit,torch,faiss' },
  },
});
const [K, DIMENSIONS] = [100, 128];
ensurePeers();
const list = (text) => text.split(',');

const held = new Map();
/** A matrix that is not copied for each call; the one given last is kept. */
function matrix(name, values) {
  if (held.get(name)?.from !== values) {
    const data = new Float32Array(new SharedArrayBuffer(values.byteLength));
    data.set(values);
    held.set(name, { from: values, matrix: { data, rows: values.length / DIMENSIONS, cols: DIMENSIONS } });
  }
  return held.get(name).matrix;
}

for (const size of list(values.sizes)) {
  await versus({
    script: 'topk.py',
    args: [
      ...['--items', size, '--dim', String(DIMENSIONS), '--queries', values.queries, '--k', String(K)],
      ...['--threads', ...list(values.threads)],
      ...['--peer', ...list(values.peer)],
    ],
    give: ['items', 'queries', 'result'],
    runs: 5,
    unit: 'queries/s',
    workOf: () => Number(values.queries),
    ours: (name, threads, given) => {
      const [items, queries] = [matrix('items', given.items), matrix('queries', given.queries)];
      let first = true;
      return async () => {
        setThreads(threads);
        const { scores } = await topK(queries, items, { k: K });
        if (first) compare(scores, given.result, name);
        first = false;
        return queries.rows;
      };
    },
  });
}

/** The same work: score for score, to what adding in another order changes. torch's call gives nothing back. */
function compare(own, result, name) {
  const theirs = [result].flat().find((part) => part instanceof Float32Array);
  for (let i = 0; theirs && i < own.length; i++) {
    if (!(Math.abs(own[i] - theirs[i]) < 1e-4))
      throw new Error(`${name}: score ${i} is ${own[i]}, theirs ${theirs[i]}`);
  }
}
