// Gather-aggregate beside DGL, torch and PyG: a sampled block, forward and with its gradient, through the tfjs
// tensors of cohear/tensor. The block, x and what the peer made of them come from the peer's own process, and every
// forward result is compared. The transpose is made once on both sides (DGL keeps it with its graph).
// Usage: node bench/versus/aggregation.mjs [--threads 1,2] [--widths 64,256] [--reduce max,mean,sum] [--peer DGL,torch,PyG]
import { parseArgs } from 'node:util';
import { setThreads } from '../../dist/index.js';
import { gatherAggregate, tf, transposeBlock } from '../../dist/tensor/index.js';
import { ensurePeers, versus } from '../lib/peers.mjs';

const { values } = parseArgs({
  options: {
    threads: { type: 'string', default: '1,2' },
    widths: { type: 'string', default: '64,256' },
    reduce: { type: 'string', default: 'max,mean,sum' },
    peer: { type: 'string', default: 'DGL,torch,PyG' },
  },
});
// Of torch's and PyG's ways the fastest that has a gradient.
const PEERS = {
  DGL: { which: '-dgl', name: 'DGL' },
  torch: { which: '', name: 'sparse.mm(csr' },
  PyG: { which: '', name: 'EdgeIndex.matmul' },
};
ensurePeers();
const list = (text) => text.split(',');

for (const peer of list(values.peer)) {
  let at; // the numbers of the width at hand
  await versus({
    script: 'aggregate.py',
    which: PEERS[peer].which,
    args: [
      ...['--threads', ...list(values.threads)],
      ...['--widths', ...list(values.widths)],
      ...['--reduce', ...list(values.reduce)],
      ...['--peer', PEERS[peer].name],
    ],
    give: ['x', 'colptr', 'row', 'result'],
    unit: 'GB/s',
    workOf: (figures) => {
      const of = (metric) => figures.find((f) => f.metric === metric).value;
      return (of('rate_median') * of('time_median')) / 1e3;
    },
    ours: (name, threads, given) => {
      const [mode, , width] = name.replace(',', '').split(' ');
      if (at?.values !== given.x) at = prepare(given, Number(width), at);
      const { x, block, gathered } = at;
      const forward = () => gatherAggregate(x, block, mode);
      const both = tf.grad((input) => gatherAggregate(input, block, mode));
      const gradient = name.endsWith('with gradient');
      const dy = gradient ? tf.ones([block.offsets.length - 1, x.shape[1]]) : null;
      if (!gradient) compare(forward(), given.result, name);
      return () => {
        setThreads(threads);
        (gradient ? both(x, dy) : forward()).dispose();
        return gathered;
      };
    },
  });
}

function prepare({ x, colptr, row }, width, before) {
  before?.x.dispose();
  const block = { offsets: BigUint64Array.from(colptr, BigInt), indices: row };
  // A copy made by a kernel: a tensor over our own array would keep the pages that the array has.
  const own = tf.tidy(() => tf.add(tf.tensor2d(x, [x.length / width, width]), 0));
  return {
    values: x,
    x: own,
    block: transposeBlock(block, x.length / width),
    gathered: (row.length * width * 4) / 1e9,
  };
}

/** The same work: results agree to what adding in another order changes. */
function compare(tensor, theirs, name) {
  const own = tensor.dataSync();
  for (let i = 0; i < own.length; i++) {
    if (!(Math.abs(own[i] - theirs[i]) < 1e-3))
      throw new Error(`${name}: element ${i} is ${own[i]}, theirs ${theirs[i]}`);
  }
  tensor.dispose();
}
