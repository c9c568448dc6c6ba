// Our models, composed of plain tfjs operations, on @tensorflow/tfjs-node: step by step the losses that they have on
// our backend. COHEAR_TFJS_NODE names a folder whose node_modules holds it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  dense,
  FusedAdam,
  gatherAggregate,
  l2Normalize,
  maxMarginLoss,
  onBackend,
  sampledSoftmaxLoss,
  selectBackend,
  tf,
} from '../../lib/tensor/index.js';
import { expectClose, random } from './helpers.js';

const place = process.env.COHEAR_TFJS_NODE;
const there = place !== undefined && existsSync(join(place, 'node_modules/@tensorflow/tfjs-node'));
if (!there)
  console.log('test: COHEAR_TFJS_NODE names no folder with @tensorflow/tfjs-node; it is not compared with');

let names = 0;
const kernel = (inputs: number, outputs: number, seed: number) =>
  tf.variable(
    tf.tensor2d(
      random(inputs * outputs, seed).map((x) => x * 0.4),
      [inputs, outputs],
    ),
    true,
    `tfjs-node-test-${names++}`,
  ) as tf.Variable<tf.Rank.R2>;

/** Losses of ten steps; the model is made on the backend that is set. */
function losses(make: () => { variables: tf.Variable[]; loss: () => tf.Scalar }): number[] {
  const { variables, loss } = make();
  const adam = new FusedAdam(variables, { learningRate: 0.01, weightDecay: 0.01, clipNorm: 5 });
  return Array.from({ length: 10 }, () => tf.tidy(() => adam.minimize(loss).dataSync()[0]!));
}

/** One layer of the HGNN over a block of 40 targets and 60 sources, and its loss. */
function hgnn() {
  const [own, message, bias] = [kernel(12, 8, 1), kernel(12, 8, 2), tf.variable(tf.zeros([8]))];
  const features = tf.tensor2d(random(60 * 12, 3), [60, 12]);
  const block = {
    offsets: BigUint64Array.from({ length: 41 }, (_, i) => BigInt(3 * i)),
    indices: Uint32Array.from({ length: 120 }, (_, i) => (i * 7) % 60),
  };
  const list = (offset: number) => Uint32Array.from({ length: 15 }, (_, i) => (i * 3 + offset) % 40);
  const loss = () => {
    const self = dense(tf.slice2d(features, [0, 0], [40, 12]), own);
    const sum = tf.add(
      self,
      gatherAggregate(dense(features, message, bias as tf.Variable<tf.Rank.R1>, 'relu'), block, 'max'),
    );
    return maxMarginLoss(l2Normalize(sum as tf.Tensor2D), list(0), list(1), list(2), 0.5);
  };
  return { variables: [own, message, bias], loss };
}

function twoTower() {
  const [user, item] = [kernel(10, 6, 4), kernel(14, 6, 5)];
  const [u, i] = [tf.tensor2d(random(320, 6), [32, 10]), tf.tensor2d(random(448, 7), [32, 14])];
  const itemIds = Uint32Array.from({ length: 32 }, (_, k) => k % 20);
  const loss = () =>
    sampledSoftmaxLoss(l2Normalize(dense(u, user)), l2Normalize(dense(i, item)), {
      itemIds,
      temperature: 0.2,
    });
  return { variables: [user, item], loss };
}

afterEach(() => selectBackend('cohear'));

describe.each([
  ['HGNN', hgnn],
  ['two-tower', twoTower],
])('%s', (_, make) => {
  it('has the same losses on the cpu backend, step by step', async () => {
    const got = losses(make);
    await selectBackend('cpu');
    expectClose(got, losses(make), 1e-4, 1e-4);
    expect(got.at(-1)).toBeLessThan(got[0]!);
  }, 60_000);

  it.runIf(there)(
    'has the same losses on tfjs-node, step by step',
    async () => {
      const got = losses(make);
      await selectBackend('tensorflow');
      expect(tf.getBackend()).toBe('tensorflow');
      expectClose(got, losses(make), 1e-4, 1e-4);
    },
    120_000,
  );
});

it('does work on a backend and comes back from it, whatever happens', async () => {
  const work = onBackend({ backend: 'cpu', precision: 'float32' }, async () => tf.getBackend());
  await expect(work).resolves.toBe('cpu');
  expect(tf.getBackend()).toBe('cohear');
  const fails = onBackend({ backend: 'cpu', precision: 'float32' }, () => Promise.reject(new Error('no')));
  await expect(fails).rejects.toThrow('no');
  expect(tf.getBackend()).toBe('cohear');
  const none = onBackend({ backend: 'cpu', precision: 'bf16' }, async () => 0);
  await expect(none).rejects.toMatchObject({ code: 'ERR_VALUE' });
});

it.runIf(!there)('says what is missing where tfjs-node is not installed', async () => {
  await expect(selectBackend('tensorflow')).rejects.toMatchObject({
    code: 'ERR_MISSING',
    message: expect.stringContaining('COHEAR_TFJS_NODE'),
  });
});
