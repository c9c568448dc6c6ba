// Training steps beside torch's, turn by turn: the two-tower step of two_tower_step.py, the same shapes and work.
// Usage: node bench/versus/tensor.mjs [--threads 1,2] [--batch 128,1024,4096] [--mode eager,compile] [--bf16]
// torch trains in float32 either way; --bf16 sets our products to bfloat16.
import { parseArgs } from 'node:util';
import { setThreads } from '../../dist/index.js';
import { setMatMulPrecision } from '../../dist/tensor/index.js';
import { ensurePeers, versus } from '../lib/peers.mjs';
import { twoTowerStep } from '../lib/two-tower-step.mjs';

const { values } = parseArgs({
  options: {
    threads: { type: 'string', default: '1,2' },
    batch: { type: 'string', default: '128,1024,4096' },
    mode: { type: 'string', default: 'eager,compile' },
    bf16: { type: 'boolean', default: false },
  },
});
ensurePeers();
if (values.bf16) setMatMulPrecision('bf16');
const list = (text) => text.split(',');

await versus({
  script: 'two_tower_step.py',
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

function batchOf(name) {
  return Number(/batch (\d+)/.exec(name)[1]);
}
function stepsOf(batch) {
  return Math.max(1, Math.floor(4096 / batch));
}
