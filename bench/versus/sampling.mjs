// Sampling beside pyg-lib (or torch-sparse) and GraphBolt on the same graph files.
// Usage: node bench/versus/sampling.mjs [--nodes 1000000] [--edges 20000000] [--threads 1,2] [--peer pyg,graphbolt] [--match text]
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createGraph, linkLoader, sampleBlocksSync, setThreads } from '../../dist/sampler/index.js';
import { edgesOf, generator } from '../lib/graph.mjs';
import { readNpy } from '../lib/npy.mjs';
import { ensurePeers, environment, runPython, scripts, versus } from '../lib/peers.mjs';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '1000000' },
    edges: { type: 'string', default: '20000000' },
    threads: { type: 'string', default: '1,2' },
    peer: { type: 'string', default: 'pyg,graphbolt' },
    match: { type: 'string', default: '' },
  },
});
const BATCH = 1024;
const BATCHES = 5;
ensurePeers();
const folder = join(environment, 'graphs-unique');
mkdirSync(folder, { recursive: true });
runPython('unique_graph.py', [scripts, folder, values.nodes, values.edges]);
const path = join(folder, `graph-${values.nodes}-${values.edges}`);
const meta = JSON.parse(readFileSync(join(path, 'relations.json'), 'utf8'));
const [audiobooks, nodes] = [meta.nodes.audiobook, meta.nodes.audiobook + meta.nodes.podcast];
const FIRST = { audiobook: 0, podcast: audiobooks };
const TYPE = { audiobook: 0, podcast: 1 };

function relation(name, source, destination) {
  const read = (key) => readNpy(join(path, `${name}.${key}.npy`));
  const colptr = read('colptr');
  const sources = read('row').map((row) => row + source);
  const destinations = new Uint32Array(sources.length);
  for (let v = 0; v + 1 < colptr.length; v++) destinations.fill(destination + v, colptr[v], colptr[v + 1]);
  return { sources, destinations, scores: read('weight'), lastTimes: Float64Array.from(read('time')) };
}
const memo = (make) => {
  let made;
  return () => (made ??= make());
};
const hetero = memo(() =>
  createGraph({
    typeOffsets: Uint32Array.of(0, audiobooks, nodes),
    relations: meta.relations.map(([s, name, t]) => ({
      sourceType: TYPE[s],
      destinationType: TYPE[t],
      ...relation(name, FIRST[s], FIRST[t]),
    })),
  }),
);
const homo = memo(() => createGraph({ nodes, relations: [relation('all', 0, 0)] }));

const random = generator(11);
const seedsFrom = (first) =>
  Array.from({ length: BATCHES }, () =>
    Uint32Array.from({ length: BATCH }, () => first + Math.floor(random() * (nodes - first))),
  );
const [podcasts, any] = [seedsFrom(audiobooks), seedsFrom(0)];
let pass = 0;

const sampled = (graph, seeds, options) => () => {
  pass++;
  return seeds.reduce(
    (sum, own, step) => sum + edgesOf(sampleBlocksSync(graph, own, { ...options, seed: pass, step })),
    0,
  );
};

/** 5,120 links audiobook -> podcast, drawn evenly from the relation's edges. */
const supervision = memo(() => {
  const { sources, destinations } = relation('ap', FIRST.audiobook, FIRST.podcast);
  const picked = Uint32Array.from({ length: BATCH * BATCHES }, () => Math.floor(random() * sources.length));
  return { anchors: picked.map((e) => sources[e]), positives: picked.map((e) => destinations[e]) };
});
const linked = (fanouts, threads) => async () => {
  let sum = 0;
  const options = {
    graph: hetero(),
    supervision: supervision(),
    batch: BATCH,
    fanouts,
    seed: 1,
    epoch: pass++,
    prefetch: threads === 1 ? 0 : 2, // a batch made ahead is made on another thread
  };
  for await (const batch of linkLoader(options)) sum += edgesOf(batch);
  return sum;
};

function ours(name, threads) {
  const fanouts = JSON.parse(/\[[^\]]*\]/.exec(name)[0]);
  const kind = name.split(' ')[0];
  const graph = () => (kind === 'hetero' ? hetero() : homo());
  const seeds = kind === 'hetero' ? podcasts : any;
  setThreads(threads);
  if (name.includes(' link ')) return linked(fanouts, threads);
  const temporal = { before: 900, disjoint: name.includes(' disjoint ') };
  if (name.includes(' temporal-last '))
    return sampled(graph(), seeds, { fanouts, ...temporal, recent: true });
  if (name.includes(' temporal-uniform ')) return sampled(graph(), seeds, { fanouts, ...temporal });
  if (name.includes(' weighted ')) return sampled(graph(), seeds, { fanouts, weighted: true });
  if (name.includes(' uniform ')) return sampled(graph(), seeds, { fanouts });
  return undefined;
}

for (const threads of values.threads.split(',')) {
  for (const peer of values.peer.split(',')) {
    await versus({
      script: 'sampling.py',
      args: [
        '--folder',
        folder,
        '--nodes',
        values.nodes,
        '--edges',
        values.edges,
        '--threads',
        threads,
        '--peer',
        peer,
      ],
      which: peer === 'graphbolt' ? '-dgl' : '',
      wanted: (name) => name.includes(values.match),
      ours,
      unit: 'edges/s',
      // The script says the median time and, as a case of its own, the edges per second at that time.
      workOf: (figures) => {
        const of = (metric, end) =>
          figures.find((f) => f.metric === metric && f.case.endsWith(' edges') === end)?.value;
        return (of('rate_median', true) * of('time_median', false)) / 1e3;
      },
    });
  }
}
