// Workers that are ended in the middle of native calls, again and again: the process must live on and end with 0.
// Usage: node terminate.mjs ROUNDS (runs on the built package)
import { Worker } from 'node:worker_threads';

const sampler = new URL('../../dist/sampler/index.js', import.meta.url).href;
const body = `
  import { parentPort } from 'node:worker_threads';
  const { createGraph, sampleBlocks } = await import(${JSON.stringify(sampler)});
  const nodes = 20000;
  const degree = 30;
  const offsets = BigUint64Array.from({ length: nodes + 1 }, (_, i) => BigInt(i * degree));
  const indices = new Uint32Array(nodes * degree);
  for (let v = 0; v < nodes; v++)
    for (let k = 0; k < degree; k++) indices[v * degree + k] = Math.floor((k * nodes) / degree) + (v % 600); // ascending
  const graph = createGraph({ nodes, relations: [{ offsets, indices }] });
  const seeds = Uint32Array.from({ length: 4096 }, (_, i) => i);
  let step = 0;
  parentPort.postMessage('ready');
  // Four calls in flight at any time: two at work, two waiting their turn.
  const next = () => sampleBlocks(graph, seeds, { fanouts: [20, 20], seed: 1, step: step++ }).then(next);
  for (let i = 0; i < 4; i++) next();
`;
for (let round = 0; round < Number(process.argv[2]); round++) {
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(body)}`));
  await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  await new Promise((resolve) => setTimeout(resolve, 20 + 10 * (round % 5)));
  await worker.terminate();
}
console.log('alive');
