// The HGNN training step beside PyG with pyg-lib, on the same graph file: 2 layers, four relations, fan-outs [15, 10],
// 384 -> 256 -> 128, one negative per link. Both sides in processes of their own, in turn; the peer runs the paper's
// convolution, trimmed (hgnn_step.py --paper --trim).
// Usage: node bench/versus/hgnn.mjs [--threads 2] [--batch 256] [--rounds 3] [--nodes 200000] [--edges 4000000] [--bf16]
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Hgnn } from '../../dist/hgnn/index.js';
import { setThreads } from '../../dist/index.js';
import { linkLoader } from '../../dist/sampler/index.js';
import { FusedAdam, maxMarginLoss, setMatMulPrecision, tableRows, tf } from '../../dist/tensor/index.js';
import { flopsOf, gemmShare } from '../lib/flops.mjs';
import { peerGraph } from '../lib/peer-graph.mjs';
import { ensurePeers, environment, python, scripts } from '../lib/peers.mjs';
import { emit, median } from '../lib/subject.mjs';

const { values } = parseArgs({
  options: {
    threads: { type: 'string', default: '2' },
    batch: { type: 'string', default: '256' },
    rounds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '6' },
    nodes: { type: 'string', default: '200000' },
    edges: { type: 'string', default: '4000000' },
    bf16: { type: 'boolean', default: false },
  },
});
const [threads, batch, steps] = [values.threads.split(',').at(-1), values.batch, values.steps].map(Number);
const WIDTHS = [384, 256, 128];
ensurePeers();
const folder = join(environment, 'graphs');

/** Milliseconds of the peer's steps: sampling, forward, backward and update. Makes the graph file if need be. */
function theirs() {
  const size = ['--folder', folder, '--nodes', values.nodes, '--edges', values.edges];
  const run = ['--batch', values.batch, '--steps', values.steps, '--threads', String(threads)];
  const { stdout, status } = spawnSync(
    python(),
    [join(scripts, 'hgnn_step.py'), ...size, ...run, '--paper', '--trim', '--part', 'train'],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 2], env: { ...process.env, PYTHONWARNINGS: 'ignore' } },
  );
  if (status !== 0) throw new Error(`hgnn_step.py ended with status ${status}`);
  const figures = stdout.split('\n').filter((line) => line.startsWith('{'));
  return figures
    .map((line) => JSON.parse(line))
    .find(({ case: name, metric }) => name.endsWith(': step') && metric === 'time_median');
}

const first = theirs();
const {
  graph,
  nodes: rows,
  relations,
  ap,
} = peerGraph(join(folder, `graph-${values.nodes}-${values.edges}`));
const features = { data: new Float32Array(rows * WIDTHS[0]), rows, cols: WIDTHS[0] };
for (let i = 0; i < features.data.length; i++) features.data[i] = Math.random() - 0.5;
setThreads(threads);
if (values.bf16) setMatMulPrecision('bf16');

/** Milliseconds of our steps, what is waited for a batch included, and the nodes of the last batch. */
async function ours() {
  const model = new Hgnn({ types: ['audiobook', 'podcast'], relations, widths: WIDTHS }, 1);
  const adam = new FusedAdam(model.parameters.list);
  const pick = Uint32Array.from({ length: batch * (steps + 2) }, () =>
    Math.floor(Math.random() * ap.sources.length),
  );
  const supervision = {
    anchors: pick.map((e) => ap.sources[e]),
    positives: pick.map((e) => ap.destinations[e]),
  };
  const took = [];
  let size = 0;
  let begun = performance.now();
  const loader = linkLoader({
    graph,
    full: graph,
    supervision,
    batch,
    negatives: 1,
    fanouts: [15, 10],
    seed: 1,
  });
  for await (const links of loader) {
    const loss = tf.tidy(() => adam.minimize(() => forward(model, links)).dataSync()[0]);
    if (!Number.isFinite(loss)) throw new Error(`the loss is ${loss}`);
    took.push(performance.now() - begun);
    size = links.nodes.reduce((sum, rows) => sum + rows.length, 0);
    begun = performance.now();
  }
  model.dispose();
  return { ms: median(took.slice(2)), nodes: size }; // two steps of warm-up, as the peer's
}

function forward(
  model,
  { nodes: rows, blocks, counts, anchorPositions, positivePositions, negativePositions },
) {
  let h = rows.map((list) => (list.length === 0 ? null : tableRows(features, list)));
  for (let layer = 0; layer < model.layers; layer++) {
    const hop = model.layers - 1 - layer;
    h = model.layer(layer, h, { blocks: blocks[hop], counts: counts[hop] });
  }
  const z = tf.concat2d(
    h.filter((t) => t !== null),
    0,
  );
  return maxMarginLoss(z, anchorPositions, positivePositions, negativePositions, 0.1);
}

const [own, peer] = [[], []];
for (let round = 0; round < Number(values.rounds); round++) {
  own.push(await ours());
  peer.push(round === 0 ? first : theirs());
}
const name = `hgnn step ${batch}${values.bf16 ? ' bf16' : ''}`;
const beside = first.peer;
const ratios = own.map(({ ms }, i) => peer[i].value / ms);
const [mine, other] = [median(own.map(({ ms }) => ms)), median(peer.map(({ value }) => value))];
console.error(`versus: nodes of a batch: ${own[0].nodes} ours, ${first.block_nodes} theirs`);
const rate = { case: name, metric: 'rate_median', unit: 'steps/s', threads };
console.log(JSON.stringify({ peer: beside, ...rate, value: 1e3 / other }));
emit(name, 'rate_median', 1e3 / mine, 'steps/s', threads, { beside });
emit(name, 'ratio', median(ratios), 'x', threads, {
  runs: ratios.length,
  beside,
  low: Number(Math.min(...ratios).toPrecision(4)),
  high: Number(Math.max(...ratios).toPrecision(4)),
  time_ratio: Number((other / mine).toPrecision(4)),
});
// The share of our own products' rate that whole steps reach, what they wait for their batches included.
const flops = (await flopsOf(ours)) / (steps + 2);
await gemmShare(name, threads, flops, async () => (await ours()).ms, 3);
