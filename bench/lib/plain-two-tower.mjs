// The two-tower step as a plain tfjs program writes it: no fused operation of ours, one-hot labels, tfjs's Adam.
import { tf } from '../../dist/tensor/index.js';

/** @returns step: makes one training step; dispose */
export function plainTwoTowerStep(batch, { widths = [700, 900], layers: outs = [512, 256, 128] } = {}) {
  const towers = widths.map((width) =>
    outs.map((outputs, l) => {
      const inputs = l === 0 ? width : outs[l - 1];
      const bound = Math.sqrt(6 / (inputs + outputs));
      return [
        tf.variable(tf.randomUniform([inputs, outputs], -bound, bound)),
        tf.variable(tf.zeros([outputs])),
      ];
    }),
  );
  const inputs = widths.map((width) => tf.randomUniform([batch, width], -1, 1));
  const labels = tf.eye(batch);
  // Small, lest the loss reach zero and gradients become denormal.
  const adam = tf.train.adam(1e-6);
  const tower = (x, layers) =>
    layers.reduce((h, [kernel, bias], l) => {
      const y = tf.add(tf.matMul(h, kernel), bias);
      return l + 1 < layers.length ? tf.relu(y) : y;
    }, x);
  const loss = () => {
    const [user, item] = towers.map((layers, t) => tower(inputs[t], layers));
    return tf.losses.softmaxCrossEntropy(labels, tf.matMul(user, item, false, true));
  };
  return {
    step: () => tf.tidy(() => adam.minimize(loss, true).dataSync()[0]),
    dispose: () => {
      tf.dispose([towers, inputs, labels]);
      adam.dispose();
    },
  };
}
