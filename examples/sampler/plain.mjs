// The sampler alone: typed arrays in, typed arrays out, and a plain loop over the message-flow blocks.
// Says how often a node's own features, and their mean over two sampled hops, tell its community.
//
//     node examples/sampler/plain.mjs
import { createGraph, neighborLoader } from 'cohear/sampler';
import { communities } from './communities.mjs';

const { nodes, labels, features, sources, destinations } = communities();
const graph = createGraph({ nodes, relations: [{ sources, destinations }] });

/** Of the destinations of a block: the mean of their own values and their sampled neighbours'. */
function mean(values, { offsets, indices }, count) {
  const out = new Float32Array(2 * count);
  for (let v = 0; v < count; v++) {
    const from = indices.subarray(Number(offsets[v]), Number(offsets[v + 1]));
    for (let f = 0; f < 2; f++) {
      let sum = values[2 * v + f]; // a layer's own nodes are the first of the next one's
      for (const u of from) sum += values[2 * u + f];
      out[2 * v + f] = sum / (from.length + 1);
    }
  }
  return out;
}

const seeds = Uint32Array.from({ length: nodes }, (_, i) => i);
const right = { 'own features': 0, 'mean of two hops': 0 };
const tells = (values, i, node) => Number(values[2 * i + labels[node]] > values[2 * i + 1 - labels[node]]);
for await (const batch of neighborLoader({ graph, seeds, batch: 256, fanouts: [10, 5], seed: 1 })) {
  const rows = batch.nodes[0]; // of the only type: which row each position stands for
  let values = new Float32Array(2 * rows.length);
  rows.forEach((row, i) => {
    values.set(features.subarray(2 * row, 2 * row + 2), 2 * i);
  });
  // From the last hop to the seeds; blocks[hop][0] is the only relation.
  for (let hop = batch.blocks.length - 1; hop >= 0; hop--) {
    values = mean(values, batch.blocks[hop][0], batch.counts[hop][0]);
  }
  batch.seeds.forEach((node, i) => {
    right['own features'] += tells(features, node, node);
    right['mean of two hops'] += tells(values, batch.seedPositions[i], node);
  });
}
for (const [what, count] of Object.entries(right))
  console.log(`${what}: ${((100 * count) / nodes).toFixed(1)} %`);
