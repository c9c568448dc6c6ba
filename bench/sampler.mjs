// Neighbour sampling through the public API on a synthetic power-law graph. The limit of a case is what random
// reads in a table of the graph's size allow (lookupsOf in lib/graph.mjs counts them).
// Usage: node bench/sampler.mjs [--nodes 200000] [--edges 4000000] [--threads 1,2] [--seconds 1]
import {
  balancedEpochSync,
  importanceNeighborsSync,
  linkLoader,
  neighborLoader,
  sampleBlocksSync,
} from '../dist/sampler/index.js';
import { edgesOf, generator, lookupsOf, syntheticGraph } from './lib/graph.mjs';
import { machine } from './lib/machine.mjs';
import { measure, subjectArguments } from './lib/subject.mjs';

const { threads, seconds, ...sizes } = subjectArguments({
  nodes: { type: 'string', default: '200000' },
  edges: { type: 'string', default: '4000000' },
});
const [nodes, edges] = [Number(sizes.nodes), Number(sizes.edges)];
const BATCH = 1024;
const hetero = syntheticGraph({ nodes, edges, hetero: true });
const homo = syntheticGraph({ nodes, edges, hetero: false });
const random = generator(7);
const seedsFrom = (first, count = BATCH) =>
  Uint32Array.from({ length: count }, () => first + Math.floor(random() * (nodes - first)));

for (const count of threads) {
  const { randomReads } = machine(count, edges * 4); // a table as large as the lists of neighbours
  const flows = async (name, sample) => {
    const flow = await sample(0);
    const limit = (randomReads * edgesOf(flow)) / lookupsOf(flow);
    await measure(name, count, async (pass) => edgesOf(await sample(pass)), {
      seconds,
      unit: 'edges/s',
      limit,
    });
  };
  for (const fanouts of [
    [15, 10],
    [10, 10, 5],
  ]) {
    for (const [kind, graph, first] of [
      ['hetero', hetero, nodes / 4],
      ['homo', homo, 0],
    ]) {
      const seeds = seedsFrom(first);
      await flows(`${kind} uniform [${fanouts.join(', ')}] b${BATCH}`, (step) =>
        sampleBlocksSync(graph, seeds, { fanouts, seed: 1, step }),
      );
    }
  }
  const fanouts = [15, 10];
  const modes = {
    'with replacement': { replace: true },
    weighted: { weighted: true },
    'weighted with replacement': { weighted: true, replace: true },
    disjoint: { disjoint: true },
    'temporal disjoint': { before: 900, disjoint: true },
    'temporal-last disjoint': { before: 900, recent: true, disjoint: true },
    'weighted temporal disjoint': { weighted: true, before: 900, disjoint: true },
  };
  const any = seedsFrom(nodes / 4);
  for (const [name, mode] of Object.entries(modes)) {
    await flows(`hetero ${name} [${fanouts.join(', ')}] b${BATCH}`, (step) =>
      sampleBlocksSync(hetero, any, { ...mode, fanouts, seed: 1, step }),
    );
  }
  const walks = { walks: 100, length: 8, restart: 0.3, top: 20 };
  await measure(
    `hetero importance neighbours, ${walks.walks} walks b${BATCH}`,
    count,
    (step) => {
      importanceNeighborsSync(hetero, any, { ...walks, seed: 1, step });
      return BATCH;
    },
    { seconds, unit: 'seeds/s' },
  );
  const prefetch = count === 1 ? 0 : 2; // a batch made ahead is made on another thread
  const loaded = async (loader) => {
    let sum = 0;
    for await (const batch of loader) sum += edgesOf(batch);
    return sum;
  };
  const seeds = seedsFrom(nodes / 4, 8 * BATCH);
  await measure(
    `hetero neighborLoader [${fanouts.join(', ')}] b${BATCH}`,
    count,
    (epoch) =>
      loaded(neighborLoader({ graph: hetero, seeds, batch: BATCH, fanouts, seed: 1, epoch, prefetch })),
    { seconds, unit: 'edges/s' },
  );
  const links = balancedEpochSync(hetero, { seed: 1, balanced: false, maxPerRelation: 8 * BATCH });
  const supervision = {
    anchors: links.anchors.slice(0, 8 * BATCH),
    positives: links.positives.slice(0, 8 * BATCH),
  };
  await measure(
    `hetero linkLoader, 1 exact negative [${fanouts.join(', ')}] b${BATCH}`,
    count,
    (epoch) =>
      loaded(linkLoader({ graph: hetero, supervision, batch: BATCH, fanouts, seed: 1, epoch, prefetch })),
    { seconds, unit: 'edges/s' },
  );
}
