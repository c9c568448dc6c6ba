import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { matrix, RowTable, writeSafetensors } from '../../lib/artifacts/index.js';
import { ItemGraph } from '../../lib/graph/index.js';
import { EdgeScores, shares } from '../../lib/hgnn/edge-scores.js';
import { embedCatalogue, Hgnn, type HgnnShape } from '../../lib/hgnn/index.js';
import { setThreads, threads } from '../../lib/native/index.js';
import { sampleBlocksSync } from '../../lib/sampler/index.js';
import { tableRows, tf } from '../../lib/tensor/index.js';
import { codeOf } from '../code-of.js';
import { graphOf, randomPairs } from '../sampler/graphs.js';
import { expectClose, expectSameBits } from '../tensor/helpers.js';
import { referenceEmbeddings } from './reference.js';
import { features } from './worlds.js';

const RELATIONS = [0, 1].flatMap((sourceType) =>
  [0, 1].map((destinationType) => ({ sourceType, destinationType })),
);
const shape = (widths: readonly number[]) => ({ types: ['a', 'p'], relations: RELATIONS, widths });

/** Biases that are not zero, as after training. */
function shake(model: Hgnn): void {
  const tensors = model.export();
  for (const [name, tensor] of Object.entries(tensors))
    if (name.endsWith('.bias')) tensor.data.forEach((_, i) => void (tensor.data[i] = 0.1 * (i % 5) - 0.2));
  model.import(tensors);
}

/** A random graph of two types with scores on its edges; 38 and 39 are alone. */
function scoredGraph(): ItemGraph {
  const plain = new ItemGraph(graphOf([0, 25, 40], randomPairs(38, 0.15, 4)));
  const relations = plain.relations.map((_, r) => {
    const relation = plain.relation(r);
    return {
      ...relation,
      scores: Float32Array.from(relation.indices, (u, e) => 0.1 + ((7 * u + 3 * e) % 10)),
    };
  });
  return ItemGraph.from({ typeOffsets: plain.typeOffsets, relations });
}

describe.each<[string, Partial<HgnnShape>]>([
  ['as in the papers', {}],
  ['mean', { aggregator: 'mean' }],
  ['weighted mean', { aggregator: 'weighted-mean' }],
  ['relations side by side', { combine: 'concat' }],
  ['layer norm', { layerNorm: true }],
  ['residual', { residual: true }],
  ['residual of equal widths', { residual: true, widths: [6, 6, 6] }],
  ['all together', { aggregator: 'weighted-mean', combine: 'concat', layerNorm: true, residual: true }],
])('%s', (_, extra) => {
  const x = features(40, 6);
  const graph = scoredGraph();
  let model: Hgnn;
  beforeAll(() => {
    model = new Hgnn({ ...shape([6, 8, 5]), ...extra }, 7);
    shake(model);
  });
  afterAll(() => model.dispose());

  test('the catalogue embedded layer by layer equals the formulas', async () => {
    const z = await embedCatalogue(model, graph, x);
    expectClose(z.data, referenceEmbeddings(model, graph, x).flat(), 1e-5, 1e-4);
  });

  test('gradients of every parameter agree with central differences', () => {
    const { nodes, counts, blocks } = sampleBlocksSync(graph, Uint32Array.of(1, 2, 30, 38), {
      fanouts: [4, 3],
      seed: 2,
    });
    const scores = new EdgeScores(graph);
    const loss = () =>
      tf.tidy(() => {
        let h: (tf.Tensor2D | null)[] = nodes.map((n) => (n.length ? tableRows(x, n) : null));
        for (let layer = 0; layer < 2; layer++)
          h = model.layer(layer, h, {
            blocks: scores.weighted(blocks[1 - layer]!, nodes),
            counts: counts[1 - layer]!,
          });
        const z = tf.concat2d(h as tf.Tensor2D[], 0);
        const weigh = tf.tensor2d(features(z.shape[0], z.shape[1], 9).data.slice(), z.shape);
        return tf.sum(tf.mul(z, weigh)) as tf.Scalar;
      });
    const { grads, value } = tf.variableGrads(loss);
    const step = 1e-3;
    for (const [name, variable] of model.parameters.entries()) {
      const gradient = grads[variable.name]!.dataSync();
      const start = variable.dataSync().slice();
      const at = (i: number, delta: number) => {
        const moved = start.slice();
        moved[i] = moved[i]! + delta;
        variable.assign(tf.tensor(moved, variable.shape));
        return loss().dataSync()[0]!;
      };
      for (const i of [0, start.length >> 1, start.length - 1]) {
        const numeric = (at(i, step) - at(i, -step)) / (2 * step);
        expect(Math.abs(numeric - gradient[i]!), `${name}[${i}]`).toBeLessThan(
          5e-3 + 0.03 * Math.abs(numeric),
        );
      }
      variable.assign(tf.tensor(start, variable.shape));
    }
    tf.dispose([value, ...Object.values(grads)]);
  });
});

test('the weighted mean wants scores', async () => {
  const bare = new ItemGraph(graphOf([0, 2, 3], [[0, 2]]));
  const model = new Hgnn({ ...shape([2, 2]), aggregator: 'weighted-mean' }, 1);
  expect(await codeOf(() => embedCatalogue(model, bare, matrix(3, 2)))).toBe('ERR_VALUE');
  expect(await codeOf(() => new EdgeScores(bare))).toBe('ERR_VALUE');
  model.dispose();
});

test('scores of sampled edges and of links, by hand', () => {
  // Node 2 receives from 0 (score 1) and 1 (score 3); the graph has no other direction.
  const graph = ItemGraph.from({
    typeOffsets: Uint32Array.of(0, 2, 3),
    relations: [
      {
        sourceType: 0,
        destinationType: 1,
        offsets: BigUint64Array.of(0n, 2n),
        indices: Uint32Array.of(0, 1),
        scores: Float32Array.of(1, 3),
      },
    ],
  });
  const scores = new EdgeScores(graph);
  const links = { anchors: Uint32Array.of(2, 1, 0), positives: Uint32Array.of(0, 2, 1) };
  expect(Array.from(scores.ofLinks(links))).toEqual([1, 3, 0]);
  const block = { offsets: BigUint64Array.of(0n, 2n), indices: Uint32Array.of(0, 1) };
  const [weighted] = scores.weighted([block], [Uint32Array.of(1, 0), Uint32Array.of(2)]);
  expect(Array.from(weighted!.weights!)).toEqual([0.75, 0.25]);
  expect(Array.from(shares(BigUint64Array.of(0n, 2n, 2n, 4n), Float32Array.of(-1, 0, 2, -5)))).toEqual([
    0.5, 0.5, 1, 0,
  ]);
});

test('one node with two neighbours, by hand', async () => {
  // Nodes 0 and 1 of type a, node 2 of type p; 2 is joined with both.
  const graph = new ItemGraph(
    graphOf(
      [0, 2, 3],
      [
        [0, 2],
        [1, 2],
      ],
    ),
  );
  const model = new Hgnn(shape([2, 2]), 1);
  const identity = { data: Float32Array.of(1, 0, 0, 1), shape: [2, 2] };
  model.import(
    Object.fromEntries(
      Object.entries(model.export()).map(([name, t]) => [name, name.endsWith('.bias') ? t : identity]),
    ),
  );
  const x = matrix(3, 2, Float32Array.of(3, -1, 1, 4, 0, -2));
  const z = await embedCatalogue(model, graph, x);
  // max(ReLU([3, -1]), ReLU([1, 4])) = [3, 4]; + self [0, -2] = [3, 2], no ReLU in the last layer; then unit length
  expectClose(z.data.subarray(4), [3 / Math.sqrt(13), 2 / Math.sqrt(13)]);
  // node 0: its neighbour's message ReLU([0, -2]) = [0, 0]; + self [3, -1]
  expectClose(z.data.subarray(0, 2), [3 / Math.sqrt(10), -1 / Math.sqrt(10)]);
  model.dispose();
});

describe('on a random graph of two types with isolated nodes', () => {
  const x = features(40, 6);
  let graph: ItemGraph;
  let model: Hgnn;
  beforeAll(() => {
    graph = new ItemGraph(graphOf([0, 25, 40], randomPairs(38, 0.15, 4))); // 38 and 39 are alone
    model = new Hgnn(shape([6, 8, 5]), 7);
    shake(model);
  });
  afterAll(() => model.dispose());

  test('the catalogue embedded layer by layer equals the formulas', async () => {
    const z = await embedCatalogue(model, graph, x);
    expectClose(z.data, referenceEmbeddings(model, graph, x).flat(), 1e-5, 1e-4);
  });

  test('types may have inputs of their own widths', async () => {
    const own = new Hgnn({ ...shape([6, 8, 5]), inputs: [6, 3] }, 7);
    shake(own);
    const byType = [features(25, 6), features(15, 3)];
    const z = await embedCatalogue(own, graph, byType);
    expectClose(z.data, referenceEmbeddings(own, graph, byType).flat(), 1e-5, 1e-4);
    expect(await codeOf(() => embedCatalogue(own, graph, x))).toBe('ERR_SHAPE'); // all of one width
    expect(await codeOf(() => embedCatalogue(own, graph, [byType[0]!]))).toBe('ERR_SHAPE');
    expect(await codeOf(() => embedCatalogue(own, graph, [byType[1]!, byType[0]!]))).toBe('ERR_SHAPE');
    expect(await codeOf(() => new Hgnn({ ...shape([6, 5]), inputs: [6] }, 1))).toBe('ERR_SHAPE');
    own.dispose();
  });

  test('blocks of whole neighbourhoods give the same vectors', async () => {
    const z = await embedCatalogue(model, graph, x);
    const seeds = Uint32Array.of(39, 3, 30, 7, 12);
    const { nodes, counts, blocks, seedPositions } = sampleBlocksSync(graph, seeds, {
      fanouts: [-1, -1],
      seed: 1,
    });
    const rows = tf.tidy(() => {
      let h: (tf.Tensor2D | null)[] = nodes.map((n) => (n.length ? tableRows(x, n) : null));
      for (let layer = 0; layer < 2; layer++)
        h = model.layer(layer, h, { blocks: blocks[1 - layer]!, counts: counts[1 - layer]! });
      return tf.concat2d(h as tf.Tensor2D[], 0).dataSync();
    });
    seeds.forEach((seed, i) => {
      const at = seedPositions[i]! * 5;
      expectClose(rows.subarray(at, at + 5), z.data.subarray(seed * 5, seed * 5 + 5), 1e-5);
    });
  });

  test('an item nobody touched gets a unit vector from its features alone, in any graph', async () => {
    const z = await embedCatalogue(model, graph, x);
    const empty = new ItemGraph(graphOf([0, 25, 40], []));
    const alone = await embedCatalogue(model, empty, x);
    for (const node of [38, 39]) {
      const row = z.data.subarray(node * 5, node * 5 + 5);
      expect(Math.hypot(...row)).toBeCloseTo(1, 5);
      expectClose(row, alone.data.subarray(node * 5, node * 5 + 5), 1e-6);
    }
  });

  test('features in a file are those in memory, to the bit, also in chunks', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cohear-features-'));
    const path = join(folder, 'x.safetensors');
    const many = features(9000, 6); // more than one chunk of a type
    const large = new ItemGraph(graphOf([0, 8500, 9000], randomPairs(300, 0.05, 4)));
    await writeSafetensors(path, { x: { data: many.data, shape: [many.rows, many.cols] } });
    using table = await RowTable.open(path, 'x');
    const z = await embedCatalogue(model, large, table);
    expect((await embedCatalogue(model, large, many)).data).toEqual(z.data);
    const direct = tf.tidy(() => {
      const types = [
        tf.tensor2d(many.data.slice(0, 8500 * 6), [8500, 6]),
        tf.tensor2d(many.data.slice(8500 * 6), [500, 6]),
      ];
      const blocks = (layer: tf.Tensor2D[]) =>
        model.layer(layer === types ? 0 : 1, layer, {
          blocks: RELATIONS.map((wanted) => {
            const r = large.relations.findIndex(
              (one) => one.sourceType === wanted.sourceType && one.destinationType === wanted.destinationType,
            );
            const rows = wanted.destinationType === 0 ? 8500 : 500;
            if (r < 0) return { offsets: new BigUint64Array(rows + 1), indices: new Uint32Array(0) };
            const { offsets, indices } = large.relation(r);
            return { offsets, indices: indices.map((row) => row - (wanted.sourceType === 0 ? 0 : 8500)) };
          }),
          counts: [8500, 500],
        }) as tf.Tensor2D[];
      return tf.concat2d(blocks(blocks(types)), 0).dataSync() as Float32Array;
    });
    expectClose(direct, z.data, 1e-6, 1e-5); // terms are added in another order
    await rm(folder, { recursive: true });
  });

  test('weights come back from a file of them, and not those of another model', async () => {
    const other = new Hgnn(shape([6, 8, 5]), 8);
    other.import(model.export());
    expect((await embedCatalogue(other, graph, x)).data).toEqual(
      (await embedCatalogue(model, graph, x)).data,
    );
    const narrow = new Hgnn(shape([6, 8, 4]), 8);
    expect(await codeOf(() => narrow.import(model.export()))).toBe('ERR_SHAPE');
    other.dispose();
    narrow.dispose();
  });

  test('hostile arguments are refused', async () => {
    expect(await codeOf(() => embedCatalogue(model, graph, features(39, 6)))).toBe('ERR_SHAPE');
    expect(await codeOf(() => embedCatalogue(model, graph, features(40, 7)))).toBe('ERR_SHAPE');
    const oneType = new ItemGraph(graphOf([0, 40], []));
    expect(await codeOf(() => embedCatalogue(model, oneType, x))).toBe('ERR_SHAPE');
    expect(await codeOf(() => new Hgnn(shape([6]), 1))).toBe('ERR_SHAPE');
  });

  test('the whole catalogue has the same bits at any number of threads, and leaves nothing behind', async () => {
    const before = tf.memory().numTensors;
    const at = async (count: number) => {
      setThreads(count);
      return (await embedCatalogue(model, graph, x)).data;
    };
    const was = threads();
    const one = await at(1);
    expect(await at(2)).toEqual(one);
    expect(await at(7)).toEqual(one);
    setThreads(was);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('embedding can be cancelled between pieces of work', async () => {
    const stop = new AbortController();
    const onProgress = () => stop.abort();
    expect(await codeOf(() => embedCatalogue(model, graph, x, { signal: stop.signal, onProgress }))).toBe(
      'ERR_CANCELLED',
    );
  });

  test('the same bits at any number of threads', () => {
    const { nodes, counts, blocks } = sampleBlocksSync(
      graph,
      Uint32Array.from({ length: 40 }, (_, i) => i),
      {
        fanouts: [-1],
        seed: 2,
      },
    );
    expectSameBits(() =>
      tf.tidy(() => {
        const h = nodes.map((n) => tableRows(x, n));
        return (
          model.layer(0, h, { blocks: blocks[0]!, counts: counts[0]! })[0]!.dataSync() as Float32Array
        ).slice();
      }),
    );
  });
});
