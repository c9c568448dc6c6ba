// Models of tfjs-layers, unchanged, on the backend cohear: what they learn is what they learn on tfjs's own.
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { tf } from '../../lib/tensor/index.js';
import { expectClose, onCpu, random } from './helpers.js';

const ROWS = 96;
const uniform = (seed: number) => tfl.initializers.glorotUniform({ seed });

/** What a model is trained on: made anew for each backend. */
interface Task {
  readonly model: () => tfl.LayersModel;
  readonly inputs: () => tf.Tensor;
  readonly targets: () => tf.Tensor;
  readonly loss: string;
}

const noise = (columns: number, seed: number) => random(ROWS * columns, seed);
const classes = () =>
  tf.oneHot(
    tf.tensor1d(
      Array.from(
        noise(6, 1).filter((_, i) => i % 6 === 0),
        (x) => (x > 0.3 ? 2 : x > -0.3 ? 1 : 0),
      ),
      'int32',
    ),
    3,
  );

const TASKS: Readonly<Record<string, Task>> = {
  'a small perceptron': {
    model: () =>
      tfl.sequential({
        layers: [
          tfl.layers.dense({ inputShape: [6], units: 16, activation: 'tanh', kernelInitializer: uniform(1) }),
          tfl.layers.dense({ units: 8, activation: 'elu', kernelInitializer: uniform(2) }),
          tfl.layers.dense({ units: 3, activation: 'softmax', kernelInitializer: uniform(3) }),
        ],
      }),
    inputs: () => tf.tensor2d(noise(6, 1), [ROWS, 6]),
    targets: classes,
    loss: 'categoricalCrossentropy',
  },
  'an embedding': {
    model: () =>
      tfl.sequential({
        layers: [
          tfl.layers.embedding({
            inputDim: 20,
            outputDim: 5,
            inputLength: 4,
            embeddingsInitializer: uniform(4),
          }),
          tfl.layers.flatten(),
          tfl.layers.dense({ units: 1, activation: 'sigmoid', kernelInitializer: uniform(5) }),
        ],
      }),
    inputs: () =>
      tf.tensor2d(
        noise(4, 2).map((x) => Math.floor((x + 1) * 10)),
        [ROWS, 4],
      ),
    targets: () =>
      tf.tensor2d(
        Array.from({ length: ROWS }, (_, i) => (noise(4, 2)[i * 4]! > 0 ? 1 : 0)),
        [ROWS, 1],
      ),
    loss: 'binaryCrossentropy',
  },
  'batch normalisation': {
    model: () =>
      tfl.sequential({
        layers: [
          // A bias here would have a gradient of nothing but rounding, which Adam makes as large as any other.
          tfl.layers.dense({ inputShape: [6], units: 12, useBias: false, kernelInitializer: uniform(6) }),
          tfl.layers.batchNormalization(),
          tfl.layers.leakyReLU(),
          tfl.layers.dense({ units: 1, kernelInitializer: uniform(7) }),
        ],
      }),
    inputs: () => tf.tensor2d(noise(6, 1), [ROWS, 6]),
    targets: () => tf.tensor2d(noise(1, 3), [ROWS, 1]),
    loss: 'meanSquaredError',
  },
};

async function train({ model: make, inputs, targets, loss }: Task) {
  const [model, x, y] = [make(), inputs(), targets()];
  model.compile({ optimizer: tf.train.adam(0.02), loss, metrics: ['accuracy'] });
  const { history } = await model.fit(x, y, {
    epochs: 8,
    batchSize: 32,
    shuffle: false,
    validationSplit: 0.25,
    verbose: 0,
  });
  const predicted = (model.predict(x) as tf.Tensor).dataSync().slice() as Float32Array;
  return { model, x, history: history as Record<string, number[]>, predicted };
}

describe('tfjs-layers', () => {
  it.each(Object.entries(TASKS))(
    '%s learns the same as on the cpu backend',
    async (_, task) => {
      const got = await train(task);
      // onCpu is for synchronous work: here the backend is switched by hand.
      onCpu(() => {});
      tf.setBackend('cpu');
      const want = await train(task).finally(() => tf.setBackend('cohear'));
      expect(got.history.loss!.at(-1)).toBeLessThan(got.history.loss![0]!);
      for (const name of Object.keys(want.history))
        expectClose(got.history[name]!, want.history[name]!, 1e-3, 1e-3);
      expectClose(got.predicted, want.predicted, 1e-3, 1e-3);
    },
    60_000,
  );

  it.each(Object.entries(TASKS))(
    '%s is saved and loaded to the same bits',
    async (_, task) => {
      const { model, x, predicted } = await train(task);
      let saved: tf.io.ModelArtifacts | undefined;
      await model.save(
        tf.io.withSaveHandler(async (artifacts) => {
          saved = artifacts;
          return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
        }),
      );
      const loaded = await tfl.loadLayersModel(tf.io.fromMemory(saved!));
      expect((loaded.predict(x) as tf.Tensor).dataSync()).toEqual(predicted);
    },
    60_000,
  );

  it('training leaves no tensor behind', async () => {
    const { model, x } = await train(TASKS['batch normalisation']!);
    const y = TASKS['batch normalisation']!.targets();
    const before = tf.memory().numTensors;
    for (let i = 0; i < 3; i++) await model.trainOnBatch(x, y);
    expect(tf.memory().numTensors).toBe(before);
  }, 60_000);
});
