// The two-tower step that is measured here and beside torch: towers 700 and 900 -> 512 -> 256 -> 128, unit length,
// in-batch softmax at temperature 0.05 with logQ and accidental hits masked, Adam.
import { dense, FusedAdam, l2Normalize, sampledSoftmaxLoss, tf } from '../../dist/tensor/index.js';

let made = 0;

/** @returns step: makes one training step; flops: of its matrix products; dispose */
export function twoTowerStep(batch, { widths = [700, 900], layers: outs = [512, 256, 128] } = {}) {
  const id = made++;
  const towers = widths.map((width, t) =>
    outs.map((outputs, l) => {
      const inputs = l === 0 ? width : outs[l - 1];
      const bound = 1 / Math.sqrt(inputs);
      return {
        kernel: tf.variable(
          tf.randomUniform([inputs, outputs], -bound, bound),
          true,
          `${id}/${t}/${l}/kernel`,
        ),
        bias: tf.variable(tf.zeros([outputs]), true, `${id}/${t}/${l}/bias`),
      };
    }),
  );
  const run = (layers, x) =>
    l2Normalize(
      layers.reduce((h, { kernel, bias }, l) => dense(h, kernel, bias, l < 2 ? 'relu' : 'linear'), x),
    );
  const parameters = towers.flat().flatMap(({ kernel, bias }) => [kernel, bias]);
  const adam = new FusedAdam(parameters);
  const inputs = widths.map((width) => tf.randomNormal([batch, width]));
  const logQ = Float32Array.from({ length: batch }, () => Math.random());
  const itemIds = Uint32Array.from({ length: batch }, () => Math.floor(Math.random() * 50_000));
  const loss = () => {
    const [user, item] = towers.map((layers, t) => run(layers, inputs[t]));
    return sampledSoftmaxLoss(user, item, { itemIds, logQ, temperature: 0.05 });
  };
  // Products with a weight: forward and its gradient, and that of the input in all layers but the first.
  const weights = widths.reduce(
    (sum, width) => sum + 4 * width * outs[0] + 6 * (outs[0] * outs[1] + outs[1] * outs[2]),
    0,
  );
  return {
    step: () => tf.tidy(() => adam.minimize(loss)).dispose(),
    flops: batch * weights + 6 * batch * batch * outs.at(-1),
    dispose: () => tf.dispose([...parameters, ...inputs]),
  };
}
