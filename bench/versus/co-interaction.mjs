// Counting which items share users, 100 neighbours an item, beside implicit and scipy: gowalla's training events and a
// synthetic log of 5 M interactions (568 M pairs). Both sides begin with the same distinct pairs of user and item, and
// the numbers of edges found are compared. We also keep when an edge was last seen, which the peers do not.
// Usage: node bench/versus/co-interaction.mjs [--threads 1,2] [--log gowalla,synthetic] [--peer implicit,scipy]
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildItemGraph, setThreads } from '../../dist/index.js';
import { ensurePeers, scripts, versus } from '../lib/peers.mjs';

const { values } = parseArgs({
  options: {
    threads: { type: 'string', default: '1,2' },
    log: { type: 'string', default: 'gowalla,synthetic' },
    peer: { type: 'string', default: 'implicit,scipy' },
  },
});
const K = 100;
const LOGS = { gowalla: resolve(scripts, '../data/gowalla/train.parquet'), synthetic: 'synthetic' };
ensurePeers();
const list = (text) => text.split(',');
const shared = (Type, length) => new Type(new SharedArrayBuffer(length * Type.BYTES_PER_ELEMENT));

/** Histories as the library takes them, of pairs in order of users. */
function histories(user, item) {
  const users = user.at(-1) + 1;
  const offsets = shared(BigUint64Array, users + 1);
  const counts = new Uint32Array(users + 1);
  for (const u of user) counts[u + 1]++;
  for (let u = 0, sum = 0; u < users; u++) offsets[u + 1] = BigInt((sum += counts[u + 1]));
  const items = shared(Uint32Array, item.length);
  items.set(item);
  return { offsets, item: items, time: shared(Float64Array, item.length) };
}

for (const log of list(values.log)) {
  for (const peer of list(values.peer)) {
    // scipy takes one thread, and minutes for the larger log.
    const counts = peer === 'scipy' ? ['1'] : list(values.threads);
    if (peer === 'scipy' && log === 'synthetic') continue;
    for (const threads of counts) {
      await versus({
        script: 'cointeraction.py',
        args: ['--log', LOGS[log], '--method', peer, '--threads', threads, '--k', String(K)],
        give: ['user', 'item', 'result'],
        runs: 5,
        unit: 'interactions/s',
        workOf: (figures) => {
          const of = (metric) => figures.find((f) => f.metric === metric).value;
          return (of('rate_median') * of('time_median')) / 1e3;
        },
        ours: (name, count, { user, item, result }) => {
          const typeOffsets = Uint32Array.of(0, item.reduce((most, row) => Math.max(most, row), 0) + 1);
          let first = true;
          return async () => {
            setThreads(count);
            const options = { prune: { score: 'count', topK: K } };
            const graph = await buildItemGraph(histories(user, item), { typeOffsets }, options);
            if (first) check(graph.relation(0).indices.length, result, name);
            first = false;
            graph.close();
            return user.length;
          };
        },
      });
    }
  }
}

/**
 * The same work. implicit asks for 101 neighbours, the item itself among them; where that ties with a hundred others
 * it may be left out and one more edge kept.
 */
function check(own, theirs, name) {
  if (Math.abs(own - theirs) > 1e-3 * theirs) throw new Error(`${name}: ${own} edges, theirs ${theirs}`);
}
