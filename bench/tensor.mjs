// The tensor backend: products, gather–aggregate, the two-tower step, its loss alone, and what a step costs beside
// its kernels.
// Usage: node bench/tensor.mjs [matmul segment two-tower softmax overhead ...] [--threads 1,2] [--seconds 1]
// Run only when named: "large" (in-batch softmax over 65,536, which takes a minute), "inherited" (what has no native
// kernel) and "plain" (where a plain tfjs program's step spends its time).
import { setThreads } from '../dist/index.js';
import {
  gatherAggregate,
  gemmInfo,
  sampledSoftmaxLoss,
  setMatMulPrecision,
  tf,
} from '../dist/tensor/index.js';
import { outsideNative } from './lib/native-time.mjs';
import { plainTwoTowerStep } from './lib/plain-two-tower.mjs';
import { emit, measure, median, subjectArguments } from './lib/subject.mjs';
import { twoTowerStep } from './lib/two-tower-step.mjs';

const options = subjectArguments();
const cases = options.cases.length
  ? options.cases
  : ['matmul', 'segment', 'two-tower', 'softmax', 'overhead'];
const precisions = gemmInfo().bf16 ? ['float32', 'bf16'] : ['float32'];

async function inEachPrecision(run) {
  for (const precision of precisions) {
    setMatMulPrecision(precision);
    await run(precision === 'bf16' ? ' bf16' : '');
  }
  setMatMulPrecision('float32');
}

const softmaxStep = (batch) => {
  const [user, item] = [tf.randomNormal([batch, 128]), tf.randomNormal([batch, 128])];
  const itemIds = Uint32Array.from({ length: batch }, (_, i) => i);
  const gradients = tf.valueAndGrads((u, i) => sampledSoftmaxLoss(u, i, { itemIds }));
  return () => {
    const { value, grads } = gradients([user, item]);
    tf.dispose([value, ...grads]);
    return 6 * batch * batch * 128;
  };
};

const run = {
  async matmul(threads) {
    await inEachPrecision(async (suffix) => {
      for (const [m, k, n] of [
        [1024, 1024, 1024],
        [1024, 768, 512],
        [16_384, 384, 256],
      ]) {
        const [a, b] = [tf.randomNormal([m, k]), tf.randomNormal([k, n])];
        const product = () => {
          tf.matMul(a, b).dispose();
          return 2 * m * n * k;
        };
        await measure(`matmul ${m}x${k}x${n}${suffix}`, threads, product, { ...options, unit: 'FLOP/s' });
        tf.dispose([a, b]);
      }
    });
  },
  async segment(threads) {
    const [sources, targets, edges, width] = [200_000, 20_000, 196_000, 256];
    const ends = Array.from({ length: targets - 1 }, () => Math.floor(Math.random() * edges));
    const offsets = BigUint64Array.from([0, ...ends.sort((a, b) => a - b), edges].map(BigInt));
    const indices = Uint32Array.from({ length: edges }, () => Math.floor(Math.random() * sources));
    const [x, dy] = [tf.randomNormal([sources, width]), tf.ones([targets, width])];
    const bytes = edges * width * 4;
    for (const mode of ['max', 'mean', 'sum']) {
      const forward = () => {
        gatherAggregate(x, { offsets, indices }, mode).dispose();
        return bytes;
      };
      const gradient = tf.grad((input) => gatherAggregate(input, { offsets, indices }, mode));
      const both = () => gradient(x, dy).dispose();
      await measure(`gather-aggregate ${mode} forward`, threads, forward, { ...options, unit: 'B/s' });
      await measure(`gather-aggregate ${mode} forward and backward`, threads, both, options);
    }
    tf.dispose([x, dy]);
  },
  async 'two-tower'(threads) {
    await inEachPrecision(async (suffix) => {
      for (const batch of [128, 1024, 4096]) {
        const { step, flops, dispose } = twoTowerStep(batch);
        const once = () => {
          step();
          return flops;
        };
        await measure(`two-tower step ${batch}${suffix}`, threads, once, { ...options, unit: 'FLOP/s' });
        dispose();
      }
    });
  },
  async softmax(threads) {
    await measure('in-batch softmax 4096', threads, softmaxStep(4096), { ...options, unit: 'FLOP/s' });
  },
  async large(threads) {
    setThreads(threads);
    const step = softmaxStep(65_536);
    const before = process.memoryUsage().rss;
    const begun = performance.now();
    const flops = step();
    const seconds = (performance.now() - begun) / 1000;
    emit('in-batch softmax 65536', 'time_once', seconds * 1e3, 'ms', threads);
    emit('in-batch softmax 65536', 'rate_once', flops / seconds, 'FLOP/s', threads);
    const peak = process.resourceUsage().maxRSS * 1024;
    emit('in-batch softmax 65536', 'peak_rss_grown', (peak - before) / 1e6, 'MB', threads);
  },
  // What has no native kernel: tfjs's own JavaScript, on one thread whatever --threads says.
  async inherited(threads) {
    const integers = tf.cast(tf.randomUniform([1 << 20], 0, 1000), 'int32');
    const images = tf.randomNormal([8, 32, 32, 16]);
    const filter = tf.randomNormal([3, 3, 16, 32]);
    const matrix = tf.randomNormal([1024, 1024]);
    const calls = {
      'mirrorPad 1024x1024': () => tf.mirrorPad(matrix, [[1, 1], [1, 1]], 'reflect'), // biome-ignore format: a line
      'bincount of 1 M': () => tf.bincount(integers, [], 1000),
      'unique of 1 M': () => tf.unique(integers).values,
      'conv2d 8x32x32x16, 3x3 to 32': () => tf.conv2d(images, filter, 1, 'same'),
      'maxPool 8x32x32x16, 2x2': () => tf.maxPool(images, 2, 2, 'same'),
      'resizeBilinear 8x32x32x16 to 64x64': () => tf.image.resizeBilinear(images, [64, 64]),
    };
    for (const [name, call] of Object.entries(calls)) {
      const once = () => tf.tidy(() => void call().dataSync());
      await measure(`inherited: ${name}`, threads, once, options);
    }
    tf.dispose([integers, images, filter, matrix]);
  },
  // One operation on next to nothing, and the two-tower step on towers so small that only overhead is left.
  async overhead(threads) {
    const [a, b] = [tf.ones([4]), tf.ones([4])];
    const adds = () => {
      for (let i = 0; i < 1000; i++) tf.add(a, b).dispose();
      return 1000;
    };
    await measure('add of 4 numbers', threads, adds, { ...options, unit: 'ops/s' });
    const { step, dispose } = twoTowerStep(8, { widths: [16, 16], layers: [16, 16, 16] });
    await measure('two-tower step of nothing', threads, step, options);
    dispose();
    // What a step costs beside its native kernels.
    for (const batch of [128, 1024]) {
      const real = twoTowerStep(batch);
      for (let i = 0; i < 30; i++) real.step(); // until it is compiled
      const runs = Array.from({ length: 31 }, () => outsideNative(real.step));
      const name = `two-tower step ${batch}: outside of native code`;
      emit(name, 'time_median', median(runs.map(({ outside }) => outside)), 'ms', threads);
      const shares = runs.map(({ outside, whole }) => outside / whole);
      emit(name, 'share_median', 100 * median(shares), '% of the step', threads);
      real.dispose();
    }
  },
  // Matrix products, elementwise programs (Adam's among them), other kernels, and what is outside of native code.
  async plain(threads) {
    setThreads(threads);
    for (const batch of [128, 1024, 4096]) {
      const { step, dispose } = plainTwoTowerStep(batch);
      for (let i = 0; i < 12800 / batch; i++) step(); // until it is compiled
      const runs = Array.from({ length: Math.max(7, Math.min(31, 8192 / batch)) }, () => outsideNative(step));
      const parts = {
        'whole step': ({ whole }) => whole,
        products: ({ by }) => by.matMul,
        'elementwise programs': ({ by }) => (by.fused ?? 0) + (by.fusedSum ?? 0),
        'other kernels': ({ by, whole, outside }) =>
          whole - outside - by.matMul - (by.fused ?? 0) - (by.fusedSum ?? 0),
        'outside of native code': ({ outside }) => outside,
      };
      for (const [part, of] of Object.entries(parts))
        emit(`plain two-tower step ${batch}: ${part}`, 'time_median', median(runs.map(of)), 'ms', threads);
      dispose();
    }
  },
};

for (const threads of options.threads) for (const name of cases) await run[name]?.(threads);
