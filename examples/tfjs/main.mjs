// A plain tfjs program made faster by one import: program.mjs first as tfjs runs it in Node on its own, then on cohear.
// The same seeds give the same data and first weights, so both learn the same.
//
//     node examples/tfjs/main.mjs [--steps 20] [--batch 512]
import 'cohear/tensor'; // the one import
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { train } from './program.mjs';

const { values } = parseArgs({
  options: { steps: { type: 'string', default: '20' }, batch: { type: 'string', default: '512' } },
});
const size = { steps: Number(values.steps), batch: Number(values.batch) };
const results = {};
for (const backend of ['cpu', 'cohear']) {
  tf.setBackend(backend);
  tf.engine().startScope();
  results[backend] = train(size);
  tf.engine().endScope();
  const { ms, loss, accuracy } = results[backend];
  console.log(
    `${backend.padEnd(6)}  ${ms.toFixed(1).padStart(7)} ms a step   loss ${loss.toFixed(4)}   accuracy ${accuracy.toFixed(3)}`,
  );
}
console.log(`${(results.cpu.ms / results.cohear.ms).toFixed(0)} times faster`);
