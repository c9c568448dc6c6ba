/**
 * The sampler through JavaScript, on a synthetic power-law graph, one JSON line per figure.
 *
 *     npx jiti bench/sampler.bench.ts [--nodes 100000] [--edges 2000000] [--batch 1024] [--batches 5] [--threads 1,2]
 */
import { parseArgs } from 'node:util';
import { addon, setThreads } from '../lib/native/index.js';
import {
  balancedEpochSync,
  linkLoader,
  sampleBlocks,
  sampleBlocksSync,
  sampleLinkBatchSync,
} from '../lib/sampler/index.js';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '100000' },
    edges: { type: 'string', default: '2000000' },
    batch: { type: 'string', default: '1024' },
    batches: { type: 'string', default: '5' },
    threads: { type: 'string', default: '1,2' },
  },
});
const [nodes, edges, batch, batches] = [values.nodes, values.edges, values.batch, values.batches].map(
  Number,
) as [number, number, number, number];
const FANOUTS = [
  [15, 10],
  [10, 10, 5],
];
const SHARES = [
  [0.2, 0.2],
  [0.2, 0.4],
];

let state = 0x9e3779b9;
/** A quick generator for the bench's own graph. */
function random(): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) / 4294967296;
}

/** Zipf-like (exponent 0.75) over n rows, the ranks scattered. */
const powerLaw = (n: number) => {
  const rank = Math.min(n - 1, Math.floor((random() * (n ** 0.25 - 1) + 1) ** 4) - 1);
  return (rank * 40503) % n;
};

function relation(
  typeOffsets: readonly number[],
  sourceType: number,
  destinationType: number,
  count: number,
) {
  const first = typeOffsets[sourceType]!;
  const sources = typeOffsets[sourceType + 1]! - first;
  const targets = typeOffsets[destinationType + 1]! - typeOffsets[destinationType]!;
  const target = Uint32Array.from({ length: count }, () => powerLaw(targets));
  const starts = new Uint32Array(targets + 1);
  for (const t of target) starts[t + 1]!++;
  for (let t = 0; t < targets; t++) starts[t + 1]! += starts[t]!;
  const at = starts.slice();
  const drawn = new Uint32Array(count);
  for (const t of target) drawn[at[t]!++] = first + powerLaw(sources);
  const indices = new Uint32Array(count);
  const offsets = new BigUint64Array(targets + 1);
  let kept = 0;
  for (let t = 0; t < targets; t++) {
    let last = -1;
    for (const row of drawn.subarray(starts[t], starts[t + 1]).sort()) {
      if (row !== last) indices[kept++] = last = row;
    }
    offsets[t + 1] = BigInt(kept);
  }
  return { sourceType, destinationType, offsets, indices: indices.slice(0, kept) };
}

function synthetic(typeOffsets: readonly number[], shares: readonly (readonly number[])[]) {
  return addon.createGraph({
    typeOffsets: Uint32Array.from(typeOffsets),
    relations: shares.flatMap((row, s) =>
      row.map((share, d) => relation(typeOffsets, s, d, Math.floor(edges * share))),
    ),
  });
}

const edgesOf = ({ blocks }: { blocks: readonly (readonly { indices: Uint32Array }[])[] }) =>
  blocks.reduce((sum, hop) => sum + hop.reduce((own, block) => own + block.indices.length, 0), 0);

function emit(name: string, metric: string, value: number, unit: string, threads: number) {
  const rounded = Number(value.toPrecision(5));
  console.log(JSON.stringify({ peer: 'cohear', case: name, metric, value: rounded, unit, threads }));
}

/** Median and best of five runs after a warm-up; `run` gives the edges of one pass over all seeds. */
async function report(name: string, threads: number, run: (pass: number) => number | Promise<number>) {
  setThreads(threads);
  const seconds: number[] = [];
  const sampled: number[] = [];
  for (let pass = 0; pass < 6; pass++) {
    const begun = performance.now();
    const got = await run(pass);
    if (pass === 0) continue;
    seconds.push((performance.now() - begun) / 1000);
    sampled.push(got);
  }
  const [low, , median] = seconds.sort((a, b) => a - b) as [number, number, number];
  const mean = sampled.reduce((a, b) => a + b) / sampled.length;
  emit(name, 'time_median', median * 1e3, 'ms', threads);
  emit(name, 'time_min', low * 1e3, 'ms', threads);
  emit(name, 'rate_median', (batch * batches) / median, 'seeds/s', threads);
  emit(`${name} edges`, 'rate_median', mean / median, 'edges/s', threads);
  emit(`${name} edges`, 'rate_max', mean / low, 'edges/s', threads);
}

const hetero = synthetic([0, nodes / 4, nodes], SHARES);
const homo = synthetic([0, nodes], [[1]]);
const seedsFrom = (first: number) =>
  Array.from({ length: batches }, () =>
    Uint32Array.from({ length: batch }, () => first + Math.floor(random() * (nodes - first))),
  );
const links = balancedEpochSync(hetero, { seed: 1, balanced: false, maxPerRelation: batch * batches });
const supervision = {
  anchors: links.anchors.slice(0, batch * batches),
  positives: links.positives.slice(0, batch * batches),
};

for (const threads of values.threads.split(',').map(Number)) {
  for (const fanouts of FANOUTS) {
    for (const [kind, graph, seeds] of [
      ['hetero', hetero, seedsFrom(nodes / 4)],
      ['homo', homo, seedsFrom(0)],
    ] as const) {
      const name = `${kind} uniform [${fanouts.join(', ')}] b${batch}`;
      const options = (pass: number, i: number) => ({ fanouts, seed: pass, step: i });
      await report(name, threads, (pass) =>
        seeds.reduce((sum, s, i) => sum + edgesOf(sampleBlocksSync(graph, s, options(pass, i))), 0),
      );
      await report(`${name} async`, threads, async (pass) => {
        const all = await Promise.all(seeds.map((s, i) => sampleBlocks(graph, s, options(pass, i))));
        return all.reduce((sum, blocks) => sum + edgesOf(blocks), 0);
      });
    }
  }
  const fanouts = FANOUTS[0]!;
  const name = `hetero link triplet 1:1 [${fanouts.join(', ')}] b${batch}`;
  await report(`${name} sync`, threads, (pass) => {
    let sum = 0;
    for (let step = 0; step < batches; step++) {
      const slice = [step * batch, (step + 1) * batch] as const;
      const own = {
        anchors: supervision.anchors.subarray(...slice),
        positives: supervision.positives.subarray(...slice),
      };
      sum += edgesOf(sampleLinkBatchSync(own, { graph: hetero, fanouts, seed: pass, step }));
    }
    return sum;
  });
  await report(name, threads, async (pass) => {
    let sum = 0;
    for await (const made of linkLoader({
      graph: hetero,
      supervision,
      batch,
      fanouts,
      seed: 1,
      epoch: pass,
    })) {
      sum += edgesOf(made);
    }
    return sum;
  });
}
