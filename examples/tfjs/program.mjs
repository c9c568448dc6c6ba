// A plain tfjs program: a small classifier with tfjs's own layers of operations and its own Adam. It knows nothing of
// cohear. Learns which of 10 random directions a noisy point was moved along.
import * as tf from '@tensorflow/tfjs-core';

const CLASSES = 10;
const WIDTH = 512;

/** Trains for a number of steps. @returns milliseconds of a step (median), the last loss, and the accuracy */
export function train({ steps = 30, batch = 512 } = {}) {
  const directions = tf.randomNormal([CLASSES, WIDTH], 0, 1, 'float32', 1);
  const labels = tf.cast(tf.randomUniform([batch], 0, CLASSES, 'float32', 2), 'int32');
  const noise = tf.randomNormal([batch, WIDTH], 0, 2, 'float32', 3);
  const x = tf.add(tf.gather(directions, labels), noise);
  const y = tf.oneHot(labels, CLASSES);

  const layers = [WIDTH, 512, 256, CLASSES].slice(1).map((outputs, l) => {
    const inputs = [WIDTH, 512, 256][l];
    return {
      kernel: tf.variable(tf.randomNormal([inputs, outputs], 0, Math.sqrt(2 / inputs), 'float32', 4 + l)),
      bias: tf.variable(tf.zeros([outputs])),
    };
  });
  const predict = (input) =>
    layers.reduce((h, { kernel, bias }, l) => {
      const z = tf.add(tf.matMul(h, kernel), bias);
      return l < layers.length - 1 ? tf.relu(z) : z;
    }, input);

  const adam = tf.train.adam(1e-3);
  const times = [];
  let loss = Number.NaN;
  for (let step = 0; step < steps; step++) {
    const start = performance.now();
    loss = tf.tidy(
      () => adam.minimize(() => tf.losses.softmaxCrossEntropy(y, predict(x)), true).dataSync()[0],
    );
    times.push(performance.now() - start);
  }
  const right = tf.tidy(() => tf.mean(tf.equal(tf.argMax(predict(x), 1), labels)).dataSync()[0]);
  times.sort((a, b) => a - b);
  return { ms: times[times.length >> 1], loss, accuracy: right };
}
