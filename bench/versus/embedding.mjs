// Embeddings of a whole catalogue, layer by layer over full neighbourhoods, on the graph of the subject hgnn: ours beside
// PyG's (the paper's convolution, hgnn_step.py --paper), each in a process of its own, in turn, with its peak of memory.
// Usage: node bench/versus/embedding.mjs [--threads 2] [--rounds 2] [--nodes 200000] [--edges 4000000]
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ItemGraph } from '../../dist/graph/index.js';
import { embedCatalogue, Hgnn } from '../../dist/hgnn/index.js';
import { setThreads } from '../../dist/index.js';
import { peerGraph } from '../lib/peer-graph.mjs';
import { ensurePeers, environment, python, scripts } from '../lib/peers.mjs';
import { emit, median } from '../lib/subject.mjs';

const { values } = parseArgs({
  options: {
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '2' },
    nodes: { type: 'string', default: '200000' },
    edges: { type: 'string', default: '4000000' },
    ours: { type: 'boolean', default: false }, // the process that does our part
  },
});
const threads = Number(values.threads.split(',').at(-1));
const WIDTHS = [384, 256, 128];
const folder = join(environment, 'graphs');

/** Runs a program and gives the JSON lines that it prints. */
function linesOf(program, args) {
  const { stdout, status } = spawnSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 2],
    env: { ...process.env, PYTHONWARNINGS: 'ignore' },
  });
  if (status !== 0) throw new Error(`${program} ${args[0]} ended with status ${status}`);
  const found = stdout.split('\n').filter((line) => line.startsWith('{'));
  return found.map((line) => JSON.parse(line));
}

/** Milliseconds of an embedding (the median of five) and the whole process' peak of memory, in MB. */
function theirs() {
  const size = ['--folder', folder, '--nodes', values.nodes, '--edges', values.edges];
  const figures = linesOf(python(), [
    join(scripts, 'hgnn_step.py'),
    ...[...size, '--threads', String(threads), '--paper', '--part', 'infer'],
  ]);
  const of = (wanted) => figures.find(({ metric }) => metric === wanted);
  return { peer: of('time_median').peer, ms: of('time_median').value, mb: of('peak_rss').value };
}

async function own() {
  setThreads(threads);
  const { graph, nodes: rows, relations } = peerGraph(join(folder, `graph-${values.nodes}-${values.edges}`));
  const items = new ItemGraph(graph);
  const features = { data: new Float32Array(rows * WIDTHS[0]), rows, cols: WIDTHS[0] };
  for (let i = 0; i < features.data.length; i++) features.data[i] = Math.random() - 0.5;
  const model = new Hgnn({ types: ['audiobook', 'podcast'], relations, widths: WIDTHS }, 1);
  const took = [];
  for (let run = 0; run < 6; run++) {
    const begun = performance.now();
    const { data } = await embedCatalogue(model, items, features);
    took.push(performance.now() - begun);
    const length = data.subarray(0, WIDTHS[2]).reduce((sum, x) => sum + x * x, 0);
    if (Math.abs(length - 1) > 1e-3) throw new Error(`a row of length ${length}`);
  }
  const mb = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify({ ms: median(took.slice(1)), mb }));
}

if (values.ours) {
  await own();
} else {
  ensurePeers();
  const [mine, other] = [[], []];
  for (let round = 0; round < Number(values.rounds); round++) {
    other.push(theirs()); // makes the graph's files where they are missing
    const args = [fileURLToPath(import.meta.url), '--ours', '--threads', String(threads)];
    mine.push(...linesOf(process.execPath, [...args, '--nodes', values.nodes, '--edges', values.edges]));
  }
  const name = `catalogue of ${values.nodes}`;
  const beside = other[0].peer;
  const [ms, peer] = [mine, other].map((side) => median(side.map((run) => run.ms)));
  const ratios = mine.map((run, i) => other[i].ms / run.ms);
  const rate = { case: name, metric: 'rate_median', unit: 'nodes/s', threads };
  console.log(JSON.stringify({ peer: beside, ...rate, value: (Number(values.nodes) / peer) * 1e3 }));
  emit(name, 'rate_median', (Number(values.nodes) / ms) * 1e3, 'nodes/s', threads, { beside });
  emit(name, 'ratio', median(ratios), 'x', threads, {
    runs: ratios.length,
    beside,
    low: Number(Math.min(...ratios).toPrecision(4)),
    high: Number(Math.max(...ratios).toPrecision(4)),
    time_ratio: Number((peer / ms).toPrecision(4)),
  });
  const peak = (side) => median(side.map((run) => run.mb));
  const memory = { case: name, metric: 'peak_rss', unit: 'MB', threads };
  console.log(JSON.stringify({ peer: beside, ...memory, value: Number(peak(other).toPrecision(4)) }));
  emit(name, 'peak_rss', peak(mine), 'MB', threads, { beside });
}
