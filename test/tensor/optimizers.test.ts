import { describe, expect, it } from 'vitest';
import {
  cosineDecay,
  EmbeddingTable,
  exportTraining,
  FusedAdagrad,
  FusedAdam,
  importTraining,
  linearDecay,
  Parameters,
  tf,
} from '../../lib/tensor/index.js';
import { codeOf, expectClose, expectSameBits, random } from './helpers.js';

let names = 0;
const variable = (values: ArrayLike<number>) =>
  tf.variable(tf.tensor1d(Float32Array.from(values)), true, `optimizers-test-${names++}`) as tf.Variable;

describe('FusedAdagrad', () => {
  it.each([0, 0.5])('agrees with its definition: clip %d', (clipNorm) => {
    const [start, gradients] = [random(300, 1), [2, 3, 4].map((seed) => random(300, seed))];
    const v = variable(start);
    const adagrad = new FusedAdagrad([v], { learningRate: 0.1, clipNorm });
    const [want, squares] = [Float64Array.from(start), new Float64Array(300)];
    for (const raw of gradients) {
      const norm = adagrad.applyGradients({ [v.name]: tf.tensor1d(raw) });
      if (clipNorm > 0) expect(norm).toBeCloseTo(Math.hypot(...raw), 4);
      const scale = clipNorm > 0 ? clipNorm / Math.hypot(...raw) : 1;
      raw.forEach((g, i) => {
        squares[i]! += (g * scale) ** 2;
        want[i]! -= (0.1 * g * scale) / (Math.sqrt(squares[i]!) + 1e-8);
      });
    }
    expectClose(v.dataSync(), want);
  });

  it('gives the same bits at any number of threads', () => {
    expectSameBits(() => {
      const v = variable(random(100_000, 1));
      new FusedAdagrad([v], { clipNorm: 1 }).applyGradients({ [v.name]: tf.tensor1d(random(100_000, 2)) });
      return v.dataSync() as Float32Array;
    });
  });

  it('refuses options that cannot be', () => {
    const v = variable([1, 2]);
    for (const options of [{ epsilon: 0 }, { learningRate: -1 }, { clipNorm: Number.NaN }])
      expect(codeOf(() => new FusedAdagrad([v], options))).toBe('ERR_VALUE');
  });
});

describe('schedules', () => {
  it('warm up, fall and stay', () => {
    const cosine = cosineDecay({ peak: 1, warmup: 4, total: 12, floor: 0.2 });
    expect([0, 3, 4, 8, 12, 100].map(cosine).map((rate) => Number(rate.toFixed(6)))).toEqual([
      0.25, 1, 1, 0.6, 0.2, 0.2,
    ]);
    const line = linearDecay({ peak: 2, total: 10 });
    expect([0, 5, 10, 11].map(line)).toEqual([2, 1, 0, 0]);
    for (const options of [
      { peak: 1, total: 0 },
      { peak: 1, total: 5, warmup: 5 },
      { peak: 1, total: 5, floor: 2 },
      { peak: Number.NaN, total: 5 },
    ])
      expect(codeOf(() => cosineDecay(options))).toBe('ERR_VALUE');
  });

  it('set the rate of each update', () => {
    const v = variable([0]);
    const adam = new FusedAdam([v], { learningRate: linearDecay({ peak: 1, total: 4 }) });
    const moves: number[] = [];
    for (let i = 0; i < 4; i++) {
      const before = v.dataSync()[0]!;
      adam.applyGradients({ [v.name]: tf.tensor1d([1]) }); // a steady gradient moves Adam by its rate
      moves.push(before - v.dataSync()[0]!);
    }
    expectClose(moves, [1, 0.75, 0.5, 0.25], 1e-4);
    expect(adam.currentLearningRate).toBe(0);
  });
});

describe('exportTraining', () => {
  it.each([FusedAdam, FusedAdagrad])('continues to the same bits: %o', (Optimizer) => {
    const make = (seed: number) => {
      const parameters = new Parameters(seed);
      const [w, b] = [parameters.kernel('w', 6, 4), parameters.vector('b', 4)];
      const optimizer = new Optimizer(parameters.list, { learningRate: 0.05 });
      const x = tf.tensor2d(random(60, 1), [10, 6]);
      const step = () =>
        optimizer.minimize(() => tf.mean(tf.square(tf.add(tf.matMul(x, w), b))) as tf.Scalar).dispose();
      return { parameters, optimizer, step };
    };
    const one = make(1);
    for (let i = 0; i < 3; i++) one.step();
    const two = make(2);
    importTraining(exportTraining(one.parameters, one.optimizer), two.parameters, two.optimizer);
    for (let i = 0; i < 3; i++) {
      one.step();
      two.step();
    }
    expect(two.parameters.export()).toEqual(one.parameters.export());
    const other = new Parameters(1);
    other.vector('c', 4);
    const saved = exportTraining(one.parameters, one.optimizer);
    expect(codeOf(() => importTraining(saved, other, new Optimizer(other.list)))).toBe('ERR_SHAPE');
    expect(codeOf(() => importTraining({}, one.parameters, one.optimizer))).toBe('ERR_SHAPE');
  });
});

describe('EmbeddingTable', () => {
  const ids = Uint32Array.of(4, 1, 4, 9);

  it('updates the rows that were used as its definition says, and no other', () => {
    const table = new EmbeddingTable({ rows: 12, width: 3, seed: 1, learningRate: 0.1 });
    const before = table.values.slice();
    const adam = new FusedAdam([]);
    const r = tf.tensor2d(random(12, 2), [4, 3]);
    const [want, squares] = [Float64Array.from(before), new Float64Array(12)];
    for (let step = 0; step < 3; step++) {
      const rows = table.open(ids);
      const loss = adam.minimize(() => tf.sum(tf.mul(rows.lookup(ids), r)) as tf.Scalar, [rows]);
      loss.dispose();
      const g = new Float64Array(36);
      ids.forEach((id, i) => {
        for (let c = 0; c < 3; c++) g[id * 3 + c]! += r.dataSync()[i * 3 + c]!;
      });
      for (const id of new Set(ids)) {
        const of = g.subarray(id * 3, id * 3 + 3);
        squares[id]! += of.reduce((sum, x) => sum + x * x, 0) / 3;
        of.forEach((x, c) => {
          want[id * 3 + c]! -= (0.1 * x) / (Math.sqrt(squares[id]!) + 1e-8);
        });
      }
    }
    expectClose(table.values, want);
    for (const row of [0, 2, 3, 5, 6, 7, 8, 10, 11])
      expect(table.values.slice(row * 3, row * 3 + 3)).toEqual(before.slice(row * 3, row * 3 + 3));
  });

  it('trains together with variables, and leaves no tensor behind', () => {
    const table = new EmbeddingTable({ rows: 50, width: 8, seed: 1, learningRate: 0.2 });
    const w = tf.variable(tf.tensor2d(random(8, 3), [8, 1]), true, `optimizers-test-${names++}`);
    const adam = new FusedAdam([w], { learningRate: 0.05 });
    const used = Uint32Array.from({ length: 40 }, (_, i) => i % 25);
    const target = tf.tensor2d(random(40, 4), [40, 1]);
    const step = () => {
      const rows = table.open(used);
      const loss = adam.minimize(
        () => tf.losses.meanSquaredError(target, tf.matMul(rows.lookup(used), w)) as tf.Scalar,
        [rows],
      );
      const value = loss.dataSync()[0]!;
      loss.dispose();
      return value;
    };
    const first = step();
    const tensors = tf.memory().numTensors;
    let last = first;
    for (let i = 0; i < 100; i++) last = step();
    expect(last).toBeLessThan(first / 2);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('continues to the same bits from a saved state, at any number of threads', () => {
    const gradient = (seed: number) => tf.tensor2d(random(600 * 8, seed), [600, 8]);
    const used = Uint32Array.from({ length: 600 }, (_, i) => 3 * i);
    expectSameBits(() => {
      const one = new EmbeddingTable({ rows: 2000, width: 8, seed: 1 });
      one.update(used, gradient(1));
      const two = new EmbeddingTable({ rows: 2000, width: 8, seed: 2 });
      two.restore(one.state());
      one.update(used, gradient(2));
      two.update(used, gradient(2));
      expect(two.state()).toEqual(one.state());
      return one.values;
    });
  });

  it('refuses what does not fit', () => {
    const table = new EmbeddingTable({ rows: 4, width: 2, seed: 1 });
    const kept = table.values.slice();
    expect(codeOf(() => table.open(Uint32Array.of(4)))).toBe('ERR_RANGE');
    expect(codeOf(() => table.update(Uint32Array.of(1, 1), tf.ones([2, 2])))).toBe('ERR_VALUE');
    expect(codeOf(() => table.update(Uint32Array.of(9), tf.ones([1, 2])))).toBe('ERR_RANGE');
    expect(codeOf(() => table.update(Uint32Array.of(1), tf.ones([1, 3])))).toBe('ERR_SHAPE');
    const rows = table.open(Uint32Array.of(1));
    expect(codeOf(() => rows.lookup(Uint32Array.of(2)))).toBe('ERR_VALUE');
    rows.close();
    expect(codeOf(() => new EmbeddingTable({ rows: 0, width: 2, seed: 1 }))).toBe('ERR_RANGE');
    expect(table.values).toEqual(kept);
  });
});
