import { describe, expect, it } from 'vitest';
import { below } from '../../lib/random/index.js';
import { tableRows, tf } from '../../lib/tensor/index.js';
import { broadcast } from '../../lib/tensor/kernels/elementwise.js';
import { codeOf, expectClose, expectSameBits, onCpu, random, random2d } from './helpers.js';

const tensor = (shape: number[], seed: number) =>
  tf.tensor(random(tf.util.sizeFromShape(shape), seed), shape);

/** f gives the same shape and values on both backends; it makes its tensors itself. */
function expectAgrees(f: () => tf.Tensor, atol = 1e-5): void {
  const run = () => {
    const result = f();
    return { shape: result.shape, dtype: result.dtype, values: result.dataSync() };
  };
  const [got, want] = [run(), onCpu(run)];
  expect({ shape: got.shape, dtype: got.dtype }).toEqual({ shape: want.shape, dtype: want.dtype });
  expectClose(got.values, want.values, atol);
}

const BINARY = {
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  div: tf.div,
  maximum: tf.maximum,
  minimum: tf.minimum,
  squaredDifference: tf.squaredDifference,
} as Record<string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor>;

const SHAPES: [number[], number[]][] = [
  [
    [7, 9],
    [7, 9],
  ],
  [[7, 9], []],
  [[], [3, 2]],
  [[7, 9], [9]],
  [
    [1, 9],
    [7, 9],
  ],
  [
    [7, 9],
    [7, 1],
  ],
  [[2, 3, 4], [4]],
  [
    [2, 3, 4],
    [3, 4],
  ],
  [
    [2, 3, 4],
    [2, 1, 1],
  ],
  [
    [2, 3, 4],
    [2, 3, 1],
  ],
  [
    [2, 3, 4],
    [1, 3, 1],
  ], // neither rows nor columns: inherited
  [
    [7, 1],
    [1, 9],
  ], // both spread: row and column
  [[1], [1, 1]],
  [[0, 3], [3]],
  [[300, 200], [200]],
];

describe('elementwise kernels', () => {
  it.each(Object.entries(BINARY))('%s agrees with the cpu backend for every broadcast', (_, op) => {
    for (const [a, b] of SHAPES) {
      // Divisors away from 0, so that one tolerance serves all operations.
      expectAgrees(() => op(tensor(a, 1), tf.add(tf.abs(tensor(b, 2)), 0.5)));
      expectAgrees(() => op(tensor(b, 1), tf.add(tf.abs(tensor(a, 2)), 0.5)));
    }
  });

  it('knows how operands lie over their broadcast shape', () => {
    expect(broadcast([2, 3, 4], [3, 1])).toEqual({
      shape: [2, 3, 4],
      axes: Float64Array.of(2, 12, 0, 3, 4, 1, 4, 1, 0),
    });
    expect(broadcast([], [3])).toEqual({ shape: [3], axes: Float64Array.of(3, 0, 1) });
    expect(broadcast([2], [3])).toBeNull();
  });

  it('compares, raises to powers and selects as the cpu backend does', () => {
    const comparisons = [tf.greater, tf.greaterEqual, tf.less, tf.lessEqual, tf.equal, tf.notEqual] as ((
      a: tf.Tensor,
      b: tf.Tensor,
    ) => tf.Tensor)[];
    const rounded = (seed: number) => tf.round(tf.mul(tensor([40, 30], seed), 3));
    for (const op of comparisons) {
      expectAgrees(() => op(rounded(1), rounded(2)));
      expectAgrees(() => op(rounded(1), tf.scalar(0)));
      expectAgrees(() => op(tf.cast(rounded(1), 'int32'), tf.cast(rounded(2), 'int32')));
    }
    expectAgrees(() => tf.pow(tf.abs(tensor([40, 30], 1)), tensor([30], 2)));
    expectAgrees(() => tf.prelu(tensor([40, 30], 1), tensor([30], 2)));
    expectAgrees(() =>
      tf.where(tf.greater(tensor([40, 30], 1), 0), tensor([40, 30], 2), tensor([40, 30], 3)),
    );
    expectAgrees(() => tf.grad((x) => tf.elu(x))(tensor([40, 30], 1)));
  });

  it('casts as the cpu backend does', () => {
    const x = () => tf.mul(tensor([200], 1), 1e3);
    expectAgrees(() => tf.cast(x(), 'int32'));
    expectAgrees(() => tf.cast(tf.cast(x(), 'int32'), 'float32'));
    expectAgrees(() => tf.cast(tf.greater(x(), 0), 'float32'));
    expectAgrees(() => tf.cast(tf.greater(x(), 0), 'int32'));
    expectAgrees(() => tf.cast(tf.tensor1d([0, 1, Number.NaN, -0]), 'bool'));
    expectAgrees(() => tf.cast(tf.tensor1d([Number.NaN, 3e9, -3e9, Infinity]), 'int32'));
  });

  it('normalises batches as the cpu backend does, gradients too', () => {
    const run = (x: tf.Tensor) => {
      const { mean, variance } = tf.moments(x, [0, 1]);
      return tf.batchNorm(
        x as tf.Tensor3D,
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        tensor([7], 2) as tf.Tensor1D,
        tensor([7], 3) as tf.Tensor1D,
      );
    };
    expectAgrees(() => run(tensor([5, 6, 7], 1)), 1e-4);
    expectAgrees(() => tf.grad(run)(tensor([5, 6, 7], 1), tensor([5, 6, 7], 4)), 1e-4);
  });

  it('keeps NaN and infinities', () => {
    const [a, b] = [
      [Number.NaN, 1, Number.NaN, Infinity, -Infinity],
      [1, Number.NaN, Number.NaN, 3, 4],
    ];
    for (const op of Object.values(BINARY)) expectAgrees(() => op(tf.tensor1d(a), tf.tensor1d(b)));
    for (const op of [tf.relu, tf.step, tf.exp, tf.sqrt, tf.square, tf.abs, tf.neg, tf.sigmoid])
      expectAgrees(() =>
        (op as (x: tf.Tensor) => tf.Tensor)(tf.tensor1d([Number.NaN, Infinity, -Infinity, 0, -1])),
      );
  });

  it('agrees for unary operations', () => {
    const unary = [
      tf.relu,
      tf.step,
      tf.exp,
      tf.square,
      tf.neg,
      tf.abs,
      tf.sigmoid,
      tf.tanh,
      tf.elu,
      tf.softplus,
      tf.leakyRelu,
      tf.relu6,
      tf.floor,
      tf.ceil,
      tf.round,
      tf.sin,
      tf.cos,
      tf.expm1,
      tf.erf,
      (x: tf.Tensor) => tf.clipByValue(x, -2, 3),
    ] as ((x: tf.Tensor) => tf.Tensor)[];
    for (const op of unary) expectAgrees(() => op(tf.mul(tensor([40, 30], 1), 5)), 1e-4);
    const positive = [tf.log, tf.sqrt, tf.rsqrt, tf.log1p, tf.reciprocal] as ((x: tf.Tensor) => tf.Tensor)[];
    for (const op of positive) expectAgrees(() => op(tf.add(tf.abs(tensor([40, 30], 1)), 0.1)));
    expectAgrees(() => tf.step(tensor([50], 1), 0.25));
  });

  it('leaves integers to the inherited kernels', () => {
    expectAgrees(() => tf.add(tf.tensor1d([1, 2], 'int32'), tf.tensor1d([3, 4], 'int32')));
    expectAgrees(() => tf.relu(tf.tensor1d([-1, 2], 'int32')));
  });
});

describe('reductions', () => {
  it.each([
    ['sum', tf.sum],
    ['mean', tf.mean],
    ['max', tf.max],
    ['min', tf.min],
    ['prod', tf.prod],
  ] as const)('%s agrees with the cpu backend over any axes', (_, op) => {
    for (const axes of [undefined, 0, 1, 2, -1, [0, 1], [1, 2], [0, 2], [0, 1, 2], []])
      for (const keepDims of [false, true])
        expectAgrees(() => op(tensor([5, 70, 6], 1), axes, keepDims), 1e-4);
    expectAgrees(() => op(tf.scalar(3)));
    expectAgrees(() => op(tensor([1000], 2)), 1e-4);
    expectAgrees(() => op(tensor([1000, 3], 2), 0), 1e-4);
  });

  it.each([
    ['sum', tf.sum],
    ['max', tf.max],
    ['min', tf.min],
    ['prod', tf.prod],
  ] as const)('%s of int32 is that of the cpu backend, to the bit', (_, op) => {
    const integers = () => tf.cast(tf.mul(tensor([5, 70, 6], 1), 10), 'int32');
    for (const axes of [undefined, 0, 1, -1, [0, 1], [0, 2], []])
      expectAgrees(() => op(integers(), axes, axes === 1), 0);
    expectAgrees(
      () => op(tf.tensor2d([2 ** 31 - 1, 5, -(2 ** 31), -7, -(2 ** 30), 4], [3, 2], 'int32'), 1),
      0,
    );
    expectAgrees(() => op(tf.fill([40], 97, 'int32')), 0); // beyond 2^53, and for the product beyond 2^63
    expectAgrees(() => op(tf.fill([200], 97, 'int32')), 0); // beyond what a double holds
    expect(op(tf.zeros([2, 0], 'int32'), 0).shape).toEqual([0]);
  });

  it('argMax, argMin, topk and cumsum agree with the cpu backend', () => {
    const rounded = () => tf.round(tf.mul(tensor([5, 7, 30], 1), 4)); // ties
    for (const axis of [0, 1, 2]) {
      expectAgrees(() => tf.argMax(rounded(), axis));
      expectAgrees(() => tf.argMin(rounded(), axis));
    }
    expectAgrees(() => tf.topk(rounded(), 9).values);
    expectAgrees(() => tf.topk(rounded(), 9).indices);
    expectAgrees(() => tf.topk(rounded(), 30).indices);
    for (const exclusive of [false, true])
      for (const reverse of [false, true])
        expectAgrees(() => tf.cumsum(tensor([5, 7, 30], 1), 2, exclusive, reverse));
    expectAgrees(() => tf.cumsum(tensor([5, 7, 30], 1), 1));
  });

  it('adds in double: a long sum loses nothing', () => {
    expect(tf.sum(tf.fill([1 << 20], 0.1)).dataSync()[0]).toBeCloseTo((1 << 20) * Math.fround(0.1), 1);
  });

  it('softmax and its relatives agree with the cpu backend, gradients too', () => {
    for (const shape of [[4], [30, 17], [2, 3, 50]]) {
      expectAgrees(() => tf.softmax(tf.mul(tensor(shape, 1), 20)));
      expectAgrees(() => tf.grad((x) => tf.softmax(x))(tensor(shape, 1), tensor(shape, 2)));
      expectAgrees(() => tf.logSoftmax(tensor(shape, 1)));
      expectAgrees(() => tf.logSumExp(tensor(shape, 1), -1));
    }
    const best = tf.max(tf.tensor2d([1, Number.NaN, 3, 4], [2, 2]), 1).dataSync();
    expectClose(best, [Number.NaN, 4]);
  });
});

describe('layout kernels', () => {
  it('transpose, gather, concat and slice agree with the cpu backend', () => {
    expectAgrees(() => tf.transpose(tensor([70, 33], 1)));
    expectAgrees(() => tf.transpose(tensor([3, 4, 5], 1), [2, 0, 1]));
    expectAgrees(() => tf.gather(tensor([20, 6], 1), tf.tensor1d([3, 0, 19, 3], 'int32')));
    expectAgrees(() => tf.gather(tensor([20, 6, 2], 1), tf.tensor2d([3, 0, 19, 3], [2, 2], 'int32')));
    expectAgrees(() => tf.gather(tensor([20, 6], 1), tf.tensor1d([5, 0], 'int32'), 1));
    expectAgrees(() => tf.gather(tensor([20, 6], 1), tf.tensor1d([], 'int32')));
    for (const axis of [0, 1, 2]) {
      const shape = [4, 5, 6];
      const other = shape.with(axis, 3);
      expectAgrees(() => tf.concat([tensor(shape, 1), tensor(other, 2), tensor(shape, 3)], axis));
      expectAgrees(() => tf.grad((x) => tf.concat([x, tensor(other, 2)], axis))(tensor(shape, 1)));
    }
    expectAgrees(() => tf.concat([tf.zeros([0, 4]), tensor([3, 4], 1)], 0));
    for (const [begin, size] of [
      [
        [1, 2],
        [3, 4],
      ],
      [
        [0, 0],
        [9, 1],
      ],
      [
        [2, 0],
        [3, 8],
      ],
      [
        [0, 3],
        [0, 2],
      ],
    ] as const)
      expectAgrees(() => tf.slice(tensor([9, 8], 1), [...begin], [...size]));
  });

  it('pad, reverse, tile, stack and split agree with the cpu backend, gradients too', () => {
    const x = () => tensor([9, 8, 5], 1) as tf.Tensor3D;
    const integers = () => tf.cast(tf.mul(x(), 100), 'int32') as tf.Tensor3D;
    const flags = () => tf.greater(x(), 0) as tf.Tensor3D;
    for (const make of [x, integers, flags] as (() => tf.Tensor3D)[]) {
      expectAgrees(() => tf.transpose(make(), [1, 2, 0]));
      expectAgrees(() => tf.slice(make(), [1, 2, 3], [4, 5, 2]));
      expectAgrees(() => tf.stack([make(), make()], 1));
      expectAgrees(() => tf.concat([make(), make()], 2));
      for (const part of [0, 1, 2]) expectAgrees(() => tf.split(make(), [3, 4, 1], 1)[part]!);
      expectAgrees(() => tf.gather(make(), tf.tensor1d([4, 0, 4], 'int32'), 2));
    }
    for (const make of [x, integers] as (() => tf.Tensor3D)[]) {
      const paddings: [number, number][] = [
        [1, 0],
        [0, 2],
        [3, 4],
      ];
      expectAgrees(() => tf.pad(make(), paddings, 7));
      for (const axis of [0, 1, 2]) expectAgrees(() => tf.reverse(make(), axis));
      expectAgrees(() => tf.reverse(make()));
      expectAgrees(() => tf.tile(make(), [2, 1, 3]));
    }
    expectAgrees(() =>
      tf.pad(
        tf.zeros([0, 3]),
        [
          [1, 1],
          [0, 1],
        ],
        2,
      ),
    );
    expectAgrees(() => tf.grad((y) => tf.slice(y, [1, 0, 2], [3, 8, 2]))(x()));
    expectAgrees(() => tf.grad((y) => tf.tile(y, [1, 2, 2]))(x()));
  });

  it('copies rows of a table, and refuses one outside it', () => {
    const table = { data: random(60, 1), rows: 20, cols: 3 };
    const rows = Uint32Array.of(19, 0, 7, 7);
    const want = Array.from(rows).flatMap((row) => [...table.data.subarray(row * 3, row * 3 + 3)]);
    expectClose(tableRows(table, rows).dataSync(), want, 0, 0);
    expectClose(
      onCpu(() => tableRows(table, rows).dataSync()),
      want,
      0,
      0,
    );
    expect(codeOf(() => tableRows(table, Uint32Array.of(20)))).toBe('ERR_RANGE');
    expect(codeOf(() => tableRows(table, Uint32Array.of(2 ** 32 - 1)))).toBe('ERR_RANGE');
  });

  it('segment sums agree with the cpu backend, ids out of range left out, gradients too', () => {
    const ids = Array.from({ length: 60 }, (_, i) => below(9, 1, i) - 1); // -1 .. 7
    expectAgrees(() => tf.unsortedSegmentSum(tensor([60, 5], 1), tf.tensor1d(ids, 'int32'), 6));
    expectAgrees(() => tf.unsortedSegmentSum(tensor([60], 1), tf.tensor1d(ids, 'int32'), 6));
    const rows = Array.from({ length: 40 }, (_, i) => below(20, 2, i));
    expectAgrees(() =>
      tf.grad((x) => tf.gather(x, tf.tensor1d(rows, 'int32')))(tensor([20, 6], 1), tensor([40, 6], 2)),
    );
  });

  it('words errors as the inherited kernels do', () => {
    expect(() => tf.gather(tf.ones([3, 2]), tf.tensor1d([3], 'int32'))).toThrow(/not in \[0, 2\]/);
    expect(() => tf.slice2d(tf.ones([3, 2]), [0, 1], [3, 2])).toThrow();
  });
});

it('gives the same bits at any number of threads', () => {
  const x = random2d(700, 300, 1);
  for (const f of [
    () => tf.mul(x, tensor([300], 2)),
    () => tf.sum(x),
    () => tf.sum(x, 0),
    () => tf.mean(x, 1),
    () => tf.softmax(x),
    () => tf.transpose(x),
    () => tf.logSoftmax(x),
    () => tf.cumsum(x, 1),
    () => tf.min(x, 0),
    () =>
      tf.pad(x, [
        [1, 2],
        [3, 4],
      ]),
    () => tf.topk(x, 5).values,
    () =>
      tf.unsortedSegmentSum(
        x,
        tf.tensor1d(
          Array.from({ length: 700 }, (_, i) => i % 13),
          'int32',
        ),
        13,
      ),
  ])
    expectSameBits(() => f().dataSync() as Float32Array);
});

describe('picked by index vectors, strided and unstacked', () => {
  const indices = (rank: number, count: number, sides: number[]) =>
    tf.tensor2d(
      Array.from({ length: count }, (_, i) =>
        sides.slice(0, rank).map((side, axis) => below(side, 8, i, axis)),
      ),
      [count, rank],
      'int32',
    );

  it.each([1, 2, 3])('gatherNd and scatterND by vectors of %i numbers, repeated ones added', (rank) => {
    const shape = [7, 5, 9];
    const picked = () => indices(rank, 40, shape);
    expectAgrees(() => tf.gatherND(tensor(shape, 1), picked()));
    expectAgrees(() => tf.gatherND(tf.cast(tf.mul(tensor(shape, 1), 100), 'int32'), picked()));
    expectAgrees(() => tf.scatterND(picked(), tensor([40, ...shape.slice(rank)], 2), shape));
  });

  it('gatherNd and scatterND say what is wrong with an index outside', () => {
    const outside = tf.tensor2d([[9]], [1, 1], 'int32');
    expect(() => tf.gatherND(tensor([3, 4], 1), outside)).toThrow();
    expect(() => tf.scatterND(outside, tensor([1, 4], 1), [3, 4])).toThrow();
  });

  it('stridedSlice, with masks and backward steps', () => {
    expectAgrees(() => tf.stridedSlice(tensor([9, 8, 7], 1), [1, 0, 6], [8, 7, 0], [2, 3, -2]));
    expectAgrees(() => tf.stridedSlice(tensor([9, 8, 7], 1), [1, 2, 1], [8, 6, 7], [3, 1, 2], 4, 1));
    expectAgrees(() => tf.stridedSlice(tensor([9, 8, 7], 1), [1, 2, 1], [8, 3, 7], [3, 1, 2], 4, 1, 0, 0, 2));
    expectAgrees(() => tf.stridedSlice(tensor([9, 8], 1), [0, 0, 0], [9, 0, 8], [4, 1, 3], 0, 0, 0, 2));
    expectAgrees(() => tf.stridedSlice(tensor([9, 8], 1), [3, 5], [3, 2], [1, 2]));
  });

  it.each([0, 1, 2, -1])('unstack along axis %i', (axis) => {
    for (const part of [0, 1, 3]) expectAgrees(() => tf.unstack(tensor([5, 4, 6], 1), axis)[part]!);
  });

  it('oneHot of any dtype, indices outside included', () => {
    const at = () => tf.tensor2d([0, 2, -1, 5, 4, 1], [2, 3], 'int32');
    for (const dtype of ['float32', 'int32', 'bool'] as const)
      expectAgrees(() => tf.oneHot(at(), 5, 3, dtype === 'bool' ? 0 : -2, dtype));
  });

  it.each([0, 1, 2])('cumsum along axis %i', (axis) => {
    for (const [exclusive, reverse] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ])
      expectAgrees(() => tf.cumsum(tensor([5, 4, 6], 1), axis, exclusive, reverse));
  });
});
