// The sampler feeding tfjs: a two-layer GraphSAGE (mean) trained on half of the nodes, judged on the others.
// Runs on the native backend of cohear/tensor; the same blocks feed any other consumer.
//
//     node examples/sampler/tfjs.mjs
import * as tf from '@tensorflow/tfjs-core';
import { createGraph, neighborLoader } from 'cohear/sampler';
import { gatherAggregate } from 'cohear/tensor';
import { communities } from './communities.mjs';

const { nodes, labels, features, sources, destinations } = communities();
const graph = createGraph({ nodes, relations: [{ sources, destinations }] });
const table = tf.tensor2d(features, [nodes, 2]);
const weights = (rows, columns, seed) =>
  tf.variable(tf.randomUniform([rows, columns], -(rows ** -0.5), rows ** -0.5, 'float32', seed));
const layers = [
  { self: weights(2, 16, 1), neighbours: weights(2, 16, 2) },
  { self: weights(16, 2, 3), neighbours: weights(16, 2, 4) },
];

/** [seeds of the batch, 2]: layer by layer from the last hop to the seeds. */
function forward({ nodes, blocks, counts, seedPositions }) {
  let h = tf.gather(table, tf.tensor1d(Int32Array.from(nodes[0]), 'int32'));
  layers.forEach(({ self, neighbours }, layer) => {
    const hop = blocks.length - 1 - layer;
    const own = tf.slice(h, [0, 0], [counts[hop][0], h.shape[1]]);
    const out = tf.add(
      tf.matMul(own, self),
      tf.matMul(gatherAggregate(h, blocks[hop][0], 'mean'), neighbours),
    );
    h = hop === 0 ? out : tf.relu(out);
  });
  return tf.gather(h, tf.tensor1d(Int32Array.from(seedPositions), 'int32'));
}

const half = Uint32Array.from({ length: nodes / 2 }, (_, i) => i);
const others = half.map((i) => i + nodes / 2);
const optimizer = tf.train.adam(0.02);
const options = { graph, batch: 250, fanouts: [10, 5], seed: 1 };
for (let epoch = 0; epoch < 8; epoch++) {
  let sum = 0;
  for await (const batch of neighborLoader({ ...options, seeds: half, shuffle: true, epoch })) {
    sum += tf.tidy(() => {
      const wanted = tf.oneHot(
        tf.tensor1d(
          Int32Array.from(batch.seeds, (node) => labels[node]),
          'int32',
        ),
        2,
      );
      const loss = optimizer.minimize(() => tf.losses.softmaxCrossEntropy(wanted, forward(batch)), true);
      return loss.dataSync()[0] / batch.steps;
    });
  }
  console.log(`epoch ${epoch + 1}: loss ${sum.toFixed(3)}`);
}
let right = 0;
for await (const batch of neighborLoader({ ...options, seeds: others })) {
  const scores = tf.tidy(() => forward(batch).dataSync());
  batch.seeds.forEach((node, i) => {
    right += Number(scores[2 * i + 1] > scores[2 * i]) === labels[node] ? 1 : 0;
  });
}
console.log(`right on the other half: ${((100 * right) / others.length).toFixed(1)} %`);
