// Tensor benchmarks: one JSON line per figure. Usage: node bench/tensor.mjs [case ...] [--threads 1,2]
// Cases: matmul, two-tower, segment, all. Needs the built package (dist/) and addon.
import { parseArgs } from 'node:util';
import { setThreads } from '../dist/index.js';
import {
  dense,
  FusedAdam,
  gatherAggregate,
  gemmInfo,
  l2Normalize,
  sampledSoftmaxLoss,
  tf,
} from '../dist/tensor/index.js';

const { values, positionals } = parseArgs({
  options: { threads: { type: 'string', default: '1,2' }, seconds: { type: 'string', default: '2' } },
  allowPositionals: true,
});
const budget = Number(values.seconds) * 1000;
const cases = positionals.length ? positionals : ['matmul', 'segment', 'two-tower'];

function emit(name, metric, value, unit, threads, more = {}) {
  const rounded = Number(value.toPrecision(5));
  console.log(JSON.stringify({ peer: 'cohear', case: name, metric, value: rounded, unit, threads, ...more }));
}

/** Milliseconds of each run of call(): at least 5 runs, more while the budget lasts. */
function times(call) {
  call();
  const out = [];
  const begun = performance.now();
  while (out.length < 5 || (out.length < 200 && performance.now() - begun < budget)) {
    const start = performance.now();
    call();
    out.push(performance.now() - start);
  }
  return out.sort((a, b) => a - b);
}

function emitTimes(name, milliseconds, threads, work, unit) {
  const median = milliseconds[milliseconds.length >> 1];
  emit(name, 'time_median', median, 'ms', threads, { runs: milliseconds.length });
  emit(name, 'time_min', milliseconds[0], 'ms', threads, { runs: milliseconds.length });
  if (work) emit(name, 'rate_median', work / median / 1e6, unit, threads);
}

const run = {
  matmul(threads) {
    for (const [m, k, n] of [
      [1024, 1024, 1024],
      [1024, 768, 512],
    ]) {
      const [a, b] = [tf.randomNormal([m, k]), tf.randomNormal([k, n])];
      const ms = times(() => tf.matMul(a, b).dispose());
      emitTimes(`matmul ${m}x${k}x${n} ${gemmInfo().name}`, ms, threads, 2 * m * n * k, 'GFLOP/s');
      tf.dispose([a, b]);
    }
  },
  segment(threads) {
    const [sources, targets, edges, width] = [200_000, 20_000, 196_000, 256];
    const random = Array.from({ length: targets - 1 }, () => Math.floor(Math.random() * edges)).sort(
      (a, b) => a - b,
    );
    const offsets = BigUint64Array.from([0, ...random, edges].map(BigInt));
    const indices = Uint32Array.from({ length: edges }, () => Math.floor(Math.random() * sources));
    const x = tf.randomNormal([sources, width]);
    const bytes = edges * width * 4;
    for (const mode of ['max', 'mean', 'sum']) {
      const forward = times(() => gatherAggregate(x, { offsets, indices }, mode).dispose());
      emitTimes(`gather-aggregate ${mode} forward`, forward, threads, bytes, 'GB/s');
      const gradient = tf.grad((input) => gatherAggregate(input, { offsets, indices }, mode));
      const dy = tf.ones([targets, width]);
      emitTimes(
        `gather-aggregate ${mode} forward+backward`,
        times(() => gradient(x, dy).dispose()),
        threads,
      );
      dy.dispose();
    }
    x.dispose();
  },
  // The step of targets.md T2: towers 700 and 900 -> 512 -> 256 -> 128, unit length, temperature 0.05, logQ,
  // accidental hits masked, Adam.
  'two-tower'(threads) {
    const layer = (name, n, outputs) => {
      const bound = 1 / Math.sqrt(n);
      return {
        kernel: tf.variable(tf.randomUniform([n, outputs], -bound, bound), true, `${name}/kernel`),
        bias: tf.variable(tf.zeros([outputs]), true, `${name}/bias`),
      };
    };
    const tower = (name, width) =>
      [512, 256, 128].map((outputs, i) => layer(`${name}-${threads}-${i}`, [width, 512, 256][i], outputs));
    const forward = (layers, x) =>
      l2Normalize(
        layers.reduce((h, { kernel, bias }, i) => dense(h, kernel, bias, i < 2 ? 'relu' : 'linear'), x),
      );
    for (const batch of [128, 1024, 4096]) {
      const [users, items] = [tower(`user-${batch}`, 700), tower(`item-${batch}`, 900)];
      const adam = new FusedAdam([...users, ...items].flatMap(({ kernel, bias }) => [kernel, bias]));
      const [u, i] = [tf.randomNormal([batch, 700]), tf.randomNormal([batch, 900])];
      const logQ = Float32Array.from({ length: batch }, () => Math.random());
      const itemIds = Uint32Array.from({ length: batch }, () => Math.floor(Math.random() * 50_000));
      const step = () =>
        tf.tidy(() => {
          adam.minimize(() =>
            sampledSoftmaxLoss(forward(users, u), forward(items, i), { itemIds, logQ, temperature: 0.05 }),
          );
        });
      const ms = times(step);
      emitTimes(`two-tower batch ${batch}`, ms, threads);
      const work = batch * (4 * 512 * 1600 + 6 * 2 * (512 * 256 + 256 * 128)) + 6 * batch * batch * 128;
      emit(`two-tower batch ${batch}`, 'gflops', work / ms[ms.length >> 1] / 1e6, 'GFLOP/s', threads);
      tf.dispose([u, i]);
    }
  },
};

for (const threads of values.threads.split(',').map(Number)) {
  setThreads(threads);
  for (const name of cases) run[name]?.(threads);
}
