// Training steps beside torch's, turn by turn: the two-tower step of two_tower_step.py, the same shapes and work, with
// torch in each of its modes; the share of our own matMul's rate that our step reaches; and the in-batch softmax over
// 65,536 rows, for which torch would need 17 GB of logits.
// Usage: node bench/versus/tensor.mjs [--threads 2] [--batch 128,1024,4096] [--mode eager,fused,compile,compile-fused]
//   [--bf16] [--large=false]
// torch trains in float32 either way; --bf16 sets our products to bfloat16.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setThreads } from '../../dist/index.js';
import { setMatMulPrecision } from '../../dist/tensor/index.js';
import { flopsOf, gemmShare } from '../lib/flops.mjs';
import { ensurePeers, versus } from '../lib/peers.mjs';
import { twoTowerStep } from '../lib/two-tower-step.mjs';

const { values } = parseArgs({
  options: {
    threads: { type: 'string', default: '2' },
    batch: { type: 'string', default: '128,1024,4096' },
    mode: { type: 'string', default: 'eager,fused,compile,compile-fused' },
    large: { type: 'string', default: 'true' },
    bf16: { type: 'boolean', default: false },
  },
});
ensurePeers();
if (values.bf16) setMatMulPrecision('bf16');
const list = (text) => text.split(',');
const file = (path) => fileURLToPath(new URL(path, import.meta.url));

await versus({
  script: file('two_tower_modes.py'),
  args: [
    '--threads',
    ...list(values.threads),
    '--batch',
    ...list(values.batch),
    '--mode',
    ...list(values.mode),
  ],
  unit: 'steps/s',
  // A run of the peer is as many steps as make 4096 examples.
  workOf: (figures) => stepsOf(batchOf(figures[0].case)),
  ours: (name, threads) => {
    const batch = batchOf(name);
    const { step } = twoTowerStep(batch);
    return () => {
      setThreads(threads);
      for (let i = 0; i < stepsOf(batch); i++) step();
      return stepsOf(batch);
    };
  },
});

for (const threads of list(values.threads).map(Number)) {
  setThreads(threads);
  for (const batch of list(values.batch).map(Number)) {
    const { step, dispose } = twoTowerStep(batch);
    const flops = await flopsOf(step);
    await gemmShare(`two-tower step ${batch}${values.bf16 ? ' bf16' : ''}`, threads, flops, step);
    dispose();
  }
}

if (values.large === 'true') {
  // In a process of its own, for its peak of memory.
  const args = [file('../tensor.mjs'), 'large', '--threads', list(values.threads).at(-1)];
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 1, 2] });
  if (status !== 0) throw new Error(`bench/tensor.mjs large ended with status ${status}`);
}

function batchOf(name) {
  return Number(/batch (\d+)/.exec(name)[1]);
}
function stepsOf(batch) {
  return Math.max(1, Math.floor(4096 / batch));
}
