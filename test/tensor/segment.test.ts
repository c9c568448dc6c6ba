import { describe, expect, it } from 'vitest';
import { below } from '../../lib/random/index.js';
import {
  type AggregateMode,
  composedGatherAggregate,
  gatherAggregate,
  tf,
  transposeBlock,
  usedRows,
} from '../../lib/tensor/index.js';
import { codeOf, expectClose, expectGradient, expectSameBits, onCpu, random, random2d } from './helpers.js';

const MODES: AggregateMode[] = ['max', 'mean', 'sum'];

/** Rows of 0 to most edges, to different sources (tfjs's max gives its whole gradient to each of equal values). */
function block(targets: number, sources: number, most: number, seed: number) {
  const offsets = new BigUint64Array(targets + 1);
  for (let v = 0; v < targets; v++) offsets[v + 1] = offsets[v]! + BigInt(below(most + 1, seed, v));
  const indices = new Uint32Array(Number(offsets[targets]));
  for (let v = 0; v < targets; v++) {
    const begin = Number(offsets[v]);
    for (let e = begin; e < Number(offsets[v + 1]); e++)
      indices[e] = (below(sources, seed, v, 1) + 7 * (e - begin)) % sources;
  }
  return { offsets, indices };
}

const small = { offsets: BigUint64Array.of(0n, 2n, 2n, 5n), indices: Uint32Array.of(0, 1, 1, 2, 0) };
const x = () => tf.tensor2d([1, 5, 3, 2, -4, 9], [3, 2]);

describe('gatherAggregate', () => {
  it('agrees with a sum by hand, and an empty row gives zeros', () => {
    expect([...gatherAggregate(x(), small, 'max').dataSync()]).toEqual([3, 5, 0, 0, 3, 9]);
    expect([...gatherAggregate(x(), small, 'sum').dataSync()]).toEqual([4, 7, 0, 0, 0, 16]);
    expectClose(gatherAggregate(x(), small, 'mean').dataSync(), [2, 3.5, 0, 0, 0, 16 / 3]);
    const weighted = gatherAggregate(x(), small, 'sum', Float32Array.of(2, -1, 0.5, 1, 3));
    expect([...weighted.dataSync()]).toEqual([-1, 8, 0, 0, 0.5, 25]);
  });

  it('gives the gradient of max to the first of edges that tie', () => {
    const ties = { offsets: BigUint64Array.of(0n, 3n), indices: Uint32Array.of(1, 0, 1) };
    const gradient = tf.grad((input) => tf.sum(gatherAggregate(input as tf.Tensor2D, ties, 'max')));
    expect([...gradient(tf.tensor2d([7, 7], [2, 1])).dataSync()]).toEqual([0, 1]);
  });

  it.each(MODES)('gives the same gradient from a transpose made before: %s', (mode) => {
    const edges = block(50, 20, 5, 4);
    const gradientOf = (by: Parameters<typeof gatherAggregate>[1]) => [
      ...tf
        .grad((input) => tf.sum(gatherAggregate(input as tf.Tensor2D, by, mode)))(
          tf.tensor2d(random(20 * 40, 1), [20, 40]),
        )
        .dataSync(),
    ];
    expect(gradientOf(transposeBlock(edges, 20))).toEqual(gradientOf(edges));
  });

  it('refuses a transpose of another block', () => {
    const gradientBy = (transposed: ReturnType<typeof transposeBlock>['transposed']) => () =>
      tf.grad((input) => tf.sum(gatherAggregate(input as tf.Tensor2D, { ...small, transposed }, 'sum')))(x());
    const own = transposeBlock(small, 3).transposed!;
    expect(codeOf(gradientBy(transposeBlock(small, 4).transposed))).toBe('ERR_SHAPE');
    expect(codeOf(gradientBy({ ...own, edges: own.edges.subarray(1) }))).toBe('ERR_SHAPE');
    expect(codeOf(gradientBy({ ...own, edges: own.edges.map(() => 5) }))).toBe('ERR_RANGE');
    expect(codeOf(gradientBy({ ...own, targets: own.targets.map(() => 3) }))).toBe('ERR_RANGE');
    expect(codeOf(() => transposeBlock(small, 2))).toBe('ERR_RANGE');
  });

  it.each(MODES)('agrees with plain tfjs operations on the cpu backend: %s', (mode) => {
    for (const [targets, sources, width, seed] of [
      [40, 30, 17, 1],
      [200, 90, 64, 2],
      [3, 5, 1, 3],
    ] as const) {
      const edges = block(targets, sources, Math.min(9, sources), seed);
      const values = random(sources * width, seed);
      const dy = random(targets * width, seed + 7);
      const both = (f: (input: tf.Tensor2D) => tf.Tensor) => {
        const { value, grad } = tf.valueAndGrad((input: tf.Tensor) => f(input as tf.Tensor2D))(
          tf.tensor2d(values, [sources, width]),
          tf.tensor2d(dy, [targets, width]),
        );
        return [value.dataSync(), grad.dataSync()] as const;
      };
      const want = onCpu(() => both((input) => composedGatherAggregate(input, edges, mode)));
      const got = both((input) => gatherAggregate(input, edges, mode));
      expectClose(got[0], want[0]);
      expectClose(got[1], want[1]);
    }
  });

  it('agrees with central differences', () => {
    const edges = block(12, 9, 5, 4);
    const weights = random(edges.indices.length, 8);
    const input = random2d(9, 6, 4);
    expectGradient((t) => gatherAggregate(t, edges, 'mean'), input);
    expectGradient((t) => gatherAggregate(t, edges, 'sum', weights), input);
    // Elements are 0.1 apart, so that no maximum changes hands within the step.
    const apart = tf.tensor2d(
      Float32Array.from({ length: 54 }, (_, i) => ((i * 29) % 54) * 0.1),
      [9, 6],
    );
    expectGradient((t) => gatherAggregate(t, edges, 'max'), apart);
  });

  it('gives the same bits at any number of threads', () => {
    const edges = block(1000, 700, 12, 6);
    const weights = random(edges.indices.length, 9);
    const values = random(700 * 48, 6);
    for (const mode of MODES) {
      expectSameBits(() => {
        const f = (t: tf.Tensor) =>
          gatherAggregate(t as tf.Tensor2D, edges, mode, mode === 'sum' ? weights : undefined);
        const { value, grad } = tf.valueAndGrad(f)(tf.tensor2d(values, [700, 48]), random2d(1000, 48, 3));
        return [value.dataSync() as Float32Array, grad.dataSync() as Float32Array];
      });
    }
  });

  it('takes blocks without targets, without edges, and rows of no width', () => {
    const none = { offsets: BigUint64Array.of(0n), indices: new Uint32Array() };
    expect(gatherAggregate(x(), none, 'max').shape).toEqual([0, 2]);
    const empty = { offsets: BigUint64Array.of(0n, 0n), indices: new Uint32Array() };
    for (const mode of MODES) {
      expect([...gatherAggregate(x(), empty, mode).dataSync()]).toEqual([0, 0]);
      const gradient = tf.grad((t) => tf.sum(gatherAggregate(t as tf.Tensor2D, empty, mode)))(x());
      expect([...gradient.dataSync()]).toEqual([0, 0, 0, 0, 0, 0]);
    }
    expect(gatherAggregate(tf.zeros([3, 0]), small, 'mean').shape).toEqual([3, 0]);
  });

  it('passes NaN on in sums and means', () => {
    const bad = tf.tensor2d([Number.NaN, 1, 2, 2, 3, 3], [3, 2]);
    expect(gatherAggregate(bad, small, 'sum').dataSync()[0]).toBeNaN();
    expect(gatherAggregate(bad, small, 'mean').dataSync()[0]).toBeNaN();
  });

  it('refuses blocks that cannot be', () => {
    const refuse = (offsets: bigint[], indices: number[]) =>
      codeOf(() =>
        gatherAggregate(
          x(),
          { offsets: BigUint64Array.from(offsets), indices: Uint32Array.from(indices) },
          'max',
        ),
      );
    expect(refuse([0n, 2n], [0, 3])).toBe('ERR_RANGE');
    expect(refuse([0n, 2n, 1n], [0])).toBe('ERR_VALUE');
    expect(refuse([1n, 2n], [0, 1])).toBe('ERR_VALUE');
    expect(refuse([0n, 5n], [0, 1])).toBe('ERR_SHAPE');
    expect(refuse([], [])).toBe('ERR_SHAPE');
    expect(codeOf(() => gatherAggregate(x(), { ...small, indices: new Int32Array(5) as never }, 'max'))).toBe(
      'ERR_DTYPE',
    );
    expect(
      codeOf(() => gatherAggregate(x(), { ...small, offsets: new Uint32Array(4) as never }, 'max')),
    ).toBe('ERR_DTYPE');
    expect(codeOf(() => gatherAggregate(x(), small, 'min' as never))).toBe('ERR_VALUE');
    expect(codeOf(() => gatherAggregate(x(), small, 'max', new Float32Array(5)))).toBe('ERR_VALUE');
    expect(codeOf(() => gatherAggregate(x(), small, 'sum', new Float32Array(4)))).toBe('ERR_SHAPE');
    expect(codeOf(() => gatherAggregate(tf.tensor2d([1, 2], [1, 2], 'int32'), small, 'sum'))).toBe(
      'ERR_SHAPE',
    );
    const indices = Uint32Array.from(small.indices);
    structuredClone(indices, { transfer: [indices.buffer] });
    expect(codeOf(() => gatherAggregate(x(), { ...small, indices }, 'max'))).toMatch(/^ERR_/);
  });

  it('leaves no tensors behind', () => {
    const input = x();
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      tf.grad((t) => tf.sum(gatherAggregate(t as tf.Tensor2D, small, 'max')))(input);
      gatherAggregate(input, small, 'max');
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('usedRows', () => {
  // 30 sources, of which 5 targets read few.
  const block = {
    offsets: BigUint64Array.of(0n, 3n, 3n, 4n, 6n, 7n),
    indices: Uint32Array.of(20, 3, 20, 29, 0, 3, 11),
  };
  const message = (x: tf.Tensor2D) => tf.relu(tf.matMul(x, random2d(4, 6, 2))) as tf.Tensor2D;

  it('changes no result and no gradient, and leaves out what is not read', () => {
    const x = random2d(30, 4, 1);
    const less = usedRows(x, block);
    expect(less.rows.shape).toEqual([5, 4]);
    expect([...less.block.indices]).toEqual([3, 1, 3, 4, 0, 1, 2]);
    const whole = (input: tf.Tensor) => gatherAggregate(message(input as tf.Tensor2D), block, 'max');
    const picked = (input: tf.Tensor) => {
      const { rows, block: of } = usedRows(input as tf.Tensor2D, block);
      return gatherAggregate(message(rows), of, 'max');
    };
    expectClose(picked(x).dataSync(), whole(x).dataSync());
    const dy = random2d(5, 6, 3);
    expectClose(tf.grad(picked)(x, dy).dataSync(), tf.grad(whole)(x, dy).dataSync());
  });

  it('leaves x as it is where most rows are read, and a block without edges reads none', () => {
    const x = random2d(6, 4, 1);
    const all = { offsets: BigUint64Array.of(0n, 5n), indices: Uint32Array.of(0, 1, 2, 3, 4) };
    expect(usedRows(x, all)).toEqual({ rows: x, block: all });
    const none = { offsets: BigUint64Array.of(0n, 0n), indices: new Uint32Array(0) };
    expect(usedRows(x, none).rows.shape).toEqual([0, 4]);
    expect(codeOf(() => usedRows(x, { ...all, indices: all.indices.with(2, 6) }))).toBe('ERR_RANGE');
  });
});
