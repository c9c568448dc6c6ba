import { describe, expect, test } from 'vitest';
import { matrix } from '../../lib/artifacts/index.js';
import { ItemGraph, userItemGraph } from '../../lib/graph/index.js';
import { embedCatalogue, type HgnnOptions, messageGraph, trainHgnn } from '../../lib/hgnn/index.js';
import { setThreads, threads } from '../../lib/native/index.js';
import { uniform } from '../../lib/random/index.js';
import { tf } from '../../lib/tensor/index.js';
import { codeOf } from '../code-of.js';
import { memoryCheckpoint } from '../memory-checkpoint.js';
import { features, groups } from './worlds.js';

const options: HgnnOptions = {
  hidden: 32,
  out: 16,
  fanouts: [8, 8],
  aggregator: 'max',
  combine: 'sum',
  residual: false,
  layerNorm: false,
  walks: null,
  textNeighbours: null,
  linkWeights: 'equal',
  featureTask: 0,
  loss: 'max-margin',
  temperature: 0.2,
  margin: 0.3,
  negatives: 3,
  batch: 128,
  epochs: 12,
  stepsPerEpoch: 20,
  patience: 12,
  learningRate: 5e-3,
  balanced: true,
  validation: 0.1,
  seed: 5,
};
const types = ['a', 'p'];

const input = () => {
  const world = groups([90, 60], 3);
  return { world, data: { graph: world.graph, full: world.graph, features: world.features, types } };
};

/** Share of items whose nearest other item is of their own hidden group. */
function purity(z: { rows: number; cols: number; data: Float32Array }, group: (node: number) => number) {
  let right = 0;
  for (let a = 0; a < z.rows; a++) {
    let [best, which] = [Number.NEGATIVE_INFINITY, -1];
    for (let b = 0; b < z.rows; b++) {
      if (a === b) continue;
      let dot = 0;
      for (let i = 0; i < z.cols; i++) dot += z.data[a * z.cols + i]! * z.data[b * z.cols + i]!;
      if (dot > best) [best, which] = [dot, b];
    }
    right += group(which) === group(a) ? 1 : 0;
  }
  return right / z.rows;
}

describe.each(['max-margin', 'softmax'] as const)('with the %s loss', (loss) => {
  test('learns hidden groups that only the edges tell', async () => {
    const { world, data } = input();
    const { model, curve, bestEpoch } = await trainHgnn(data, { ...options, loss });
    const z = await embedCatalogue(model, world.graph, world.features);
    model.dispose();
    expect(purity(z, world.group)).toBeGreaterThan(0.8); // a third by chance
    expect(curve[bestEpoch]!.validationAccuracy).toBeGreaterThan(0.75);
    expect(curve[bestEpoch]!.validationLoss).toBe(Math.min(...curve.map((epoch) => epoch.validationLoss)));
  });

  test('gives the same bits at any number of threads, and when cut and resumed', async () => {
    const short = { ...options, loss, epochs: 4, stepsPerEpoch: 5 };
    const before = threads();
    const weights = [];
    for (const count of [1, 2, 7]) {
      setThreads(count);
      const { model } = await trainHgnn(input().data, short);
      weights.push(model.export());
      model.dispose();
    }
    setThreads(before);
    expect(weights[1]).toEqual(weights[0]);
    expect(weights[2]).toEqual(weights[0]);

    // Cancelled in its third epoch, then called again with what it had saved.
    const checkpoint = memoryCheckpoint();
    const controller = new AbortController();
    const onProgress = ({ task, done }: { task: string; done: number }) => {
      if (task.startsWith('hgnn epoch 3') && done === 2) controller.abort();
    };
    const cut = () => trainHgnn(input().data, short, { checkpoint, onProgress, signal: controller.signal });
    expect(await codeOf(cut)).toBe('ERR_CANCELLED');
    expect(await checkpoint.load()).toBeDefined();
    const steps: string[] = [];
    const { model, curve } = await trainHgnn(input().data, short, {
      checkpoint,
      onProgress: ({ task }) => void steps.push(task),
    });
    expect(steps[0]).toBe('hgnn epoch 3/4'); // the first two were not repeated
    expect(curve).toHaveLength(4);
    expect(model.export()).toEqual(weights[0]);
    model.dispose();
  });
});

/** A graph with scores: 2 within a hidden group, else 1. */
function scoredInput() {
  const { world, data } = input();
  const relations = world.graph.relations.map((_, r) => {
    const relation = world.graph.relation(r);
    const first = world.graph.typeOffsets[relation.destinationType]!;
    const scores = new Float32Array(relation.indices.length);
    for (let v = 0; v + 1 < relation.offsets.length; v++)
      for (let e = Number(relation.offsets[v]); e < Number(relation.offsets[v + 1]); e++)
        scores[e] = world.group(first + v) === world.group(relation.indices[e]!) ? 2 : 1;
    return { ...relation, scores };
  });
  const graph = ItemGraph.from({ typeOffsets: world.graph.typeOffsets, relations });
  return { world: { ...world, graph }, data: { ...data, graph, full: graph } };
}

const extras: Partial<HgnnOptions> = {
  aggregator: 'weighted-mean',
  combine: 'concat',
  residual: true,
  layerNorm: true,
  walks: { walks: 30, length: 4, restart: 0.3, top: 10 },
  textNeighbours: { k: 2, below: 3, minCosine: 0.2 },
  linkWeights: 'score',
  featureTask: 0.1,
};

describe.each(['max-margin', 'softmax'] as const)('with all options and the %s loss', (loss) => {
  const train = async (more: Partial<HgnnOptions>) => {
    const { world, data } = scoredInput();
    const whole = { ...options, ...extras, ...more, loss };
    const messages = (graph: ItemGraph) => messageGraph(graph, data.features, whole);
    const { model, curve } = await trainHgnn({ ...data, messages }, whole);
    return { model, curve, world, messages };
  };

  test('learns hidden groups', async () => {
    const { model, world, messages } = await train({});
    const z = await embedCatalogue(model, await messages(world.graph), world.features);
    model.dispose();
    expect(purity(z, world.group)).toBeGreaterThan(0.8);
  });

  test('gives the same bits at any number of threads', async () => {
    const before = threads();
    const weights = [];
    for (const count of [1, 2, 7]) {
      setThreads(count);
      const { model } = await train({ epochs: 2, stepsPerEpoch: 4 });
      weights.push(model.export());
      model.dispose();
    }
    setThreads(before);
    expect(weights[1]).toEqual(weights[0]);
    expect(weights[2]).toEqual(weights[0]);
  });
});

test('the feature task teaches an embedding to find its own features', async () => {
  const { world, data } = input();
  const found = [];
  for (const featureTask of [0, 2]) {
    const { model } = await trainHgnn(data, { ...options, featureTask: featureTask || 1e-9 });
    const z = await embedCatalogue(model, world.graph, world.features);
    const heads = tf.tidy(() =>
      tf
        .concat2d(
          [0, 1].map((t) => {
            const rows = world.features.data.slice(t * 90 * 16, t === 0 ? 90 * 16 : undefined);
            return model.head(t, tf.tensor2d(rows, [rows.length / 16, 16]));
          }),
          0,
        )
        .dataSync(),
    );
    let right = 0;
    for (let v = 0; v < z.rows; v++) {
      const scores = Array.from({ length: z.rows }, (_, j) => {
        let sum = 0;
        for (let c = 0; c < z.cols; c++) sum += z.data[v * z.cols + c]! * heads[j * z.cols + c]!;
        return sum;
      });
      right += scores.filter((score) => score > scores[v]!).length < 10 ? 1 : 0;
    }
    found.push(right / z.rows);
    model.dispose();
  }
  expect(found[1]).toBeGreaterThan(found[0]! + 0.2);
});

test('stops when the validation loss no longer falls, and keeps the best epoch', async () => {
  const { data } = input();
  const { curve, bestEpoch, model } = await trainHgnn(data, {
    ...options,
    epochs: 40,
    patience: 3,
    learningRate: 0.05,
    stepsPerEpoch: 3,
  });
  model.dispose();
  expect(curve.length).toBeLessThan(40);
  expect(curve.length - 1 - bestEpoch).toBe(3); // as many epochs without a gain as patience allows
});

test('starts from earlier weights, and what they lack starts fresh', async () => {
  const { data } = input();
  const short = { ...options, epochs: 4 };
  const first = await trainHgnn(data, short);
  const { 'layer0.a>p.kernel': lacking, ...weights } = first.model.export();
  const again = await trainHgnn({ ...data, start: weights }, { ...short, seed: 8, epochs: 1 });
  expect(again.curve[0]!.loss).toBeLessThan(first.curve[0]!.loss);
  expect(again.model.export()['layer0.a>p.kernel']!.data).not.toEqual(lacking!.data);
  first.model.dispose();
  again.model.dispose();
  const narrow = { ...short, out: 8 };
  expect(await codeOf(() => trainHgnn({ ...data, start: weights }, narrow))).toBe('ERR_SHAPE');
});

test('another seed gives other weights; a graph without edges is refused', async () => {
  const short = { ...options, epochs: 1, stepsPerEpoch: 2 };
  const [a, b] = [await trainHgnn(input().data, short), await trainHgnn(input().data, { ...short, seed: 6 })];
  expect(a.model.export()).not.toEqual(b.model.export());
  a.model.dispose();
  b.model.dispose();
  const { data } = input();
  const { graphOf } = await import('../sampler/graphs.js');
  const graph = new ItemGraph(graphOf([0, 90, 150], []));
  expect(await codeOf(() => trainHgnn({ ...data, graph, full: graph }, short))).toBe('ERR_VALUE');
});

test('learns who takes what from a graph with users as nodes, whose inputs are a constant', async () => {
  // User u takes items of the group u % 2; an item's text is noise, so only the edges tell.
  const [users, items] = [80, 60];
  const taken = Array.from({ length: users }, (_, u) =>
    Array.from({ length: items }, (_, i) => i).filter((i) => i % 2 === u % 2 && uniform(9, u, i) < 0.4),
  );
  const offsets = new BigUint64Array(users + 1);
  taken.forEach((list, u) => {
    offsets[u + 1] = offsets[u]! + BigInt(list.length);
  });
  const item = Uint32Array.from(taken.flat());
  const history = {
    users,
    offsets,
    item,
    kind: new Uint8Array(item.length),
    time: new Float64Array(item.length),
  };
  const typeOffsets = Uint32Array.of(0, 40, items);
  const graph = userItemGraph(history, { typeOffsets });
  const text = features(items, 16);
  const inputs = [
    matrix(40, 16, text.data.subarray(0, 640)),
    matrix(20, 16, text.data.subarray(640)),
    matrix(users, 1, new Float32Array(users).fill(1)),
  ];
  const { model } = await trainHgnn(
    { graph, full: graph, features: inputs, types: [...types, 'user'] },
    options,
  );
  const z = await embedCatalogue(model, graph, inputs);
  model.dispose();
  const score = (u: number, i: number) => {
    let sum = 0;
    for (let c = 0; c < z.cols; c++) sum += z.data[(items + u) * z.cols + c]! * z.data[i * z.cols + c]!;
    return sum;
  };
  let right = 0;
  for (let u = 0; u < users; u++)
    for (let pair = 0; pair < items; pair += 2)
      right += score(u, pair + (u % 2)) > score(u, pair + 1 - (u % 2)) ? 1 : 0;
  expect(right / (users * (items / 2))).toBeGreaterThan(0.75); // a half by chance
});
