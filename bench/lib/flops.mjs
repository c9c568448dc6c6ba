// What a step costs in products, and how much of the machine's own matMul rate it reaches.
import { addon } from '../../dist/native/index.js';
import { tf } from '../../dist/tensor/index.js';
import { emit, median } from './subject.mjs';

/** Floating-point operations of all matrix products that `run` makes, those inside the in-batch softmax included. */
export async function flopsOf(run) {
  const { matMul, sampledSoftmax } = addon;
  let flops = 0;
  addon.matMul = (...args) => {
    const [m, n, k, , , batchA, batchB] = args[4];
    flops += 2 * m * n * k * Math.max(batchA, batchB);
    return matMul(...args);
  };
  addon.sampledSoftmax = (...args) => {
    const [users, width, , items, extra, , , , gradient] = args;
    const candidates = items.ids.length + (extra?.ids.length ?? 0);
    flops += (gradient ? 6 : 2) * (users.length / width) * candidates * width;
    return sampledSoftmax(...args);
  };
  try {
    await run();
  } finally {
    Object.assign(addon, { matMul, sampledSoftmax });
  }
  return flops;
}

/**
 * Runs `step` beside a product of 1024 x 1024 x 1024, turn by turn, and prints the share of the product's rate that
 * the step reaches with the products that it counts as `flops`.
 * @param step may give the milliseconds that count, else the whole of it does
 */
export async function gemmShare(name, threads, flops, step, rounds = 9) {
  const [a, b] = [tf.randomNormal([1024, 1024]), tf.randomNormal([1024, 1024])];
  const timed = async (call) => {
    const begun = performance.now();
    return (await call()) ?? performance.now() - begun;
  };
  const [peak, own] = [[], []];
  for (let round = 0; round <= rounds; round++) {
    const product = Math.min(
      ...[await timed(() => tf.matMul(a, b).dispose()), await timed(() => tf.matMul(a, b).dispose())],
    );
    const ms = await timed(step);
    if (round === 0) continue; // warm-up
    peak.push((2 * 1024 ** 3) / product / 1e6);
    own.push(flops / ms / 1e6);
  }
  tf.dispose([a, b]);
  const share = median(own.map((rate, i) => rate / peak[i]));
  emit(name, 'gemm_share', share, '', threads, {
    gflop: Number((flops / 1e9).toPrecision(4)),
    gflops: Number(median(own).toPrecision(4)),
    peak_gflops: Number(median(peak).toPrecision(4)),
    runs: own.length,
  });
}
