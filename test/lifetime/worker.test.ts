import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';

const program = fileURLToPath(new URL('terminate.mjs', import.meta.url));
const built = new URL('../../dist/sampler/index.js', import.meta.url);

test.skipIf(!existsSync(built))(
  'workers terminated in the middle of native calls leave the process alive',
  async () => {
    const child = spawn(process.execPath, [program, '10'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    child.stdout.on('data', (text) => (out += text));
    child.stderr.on('data', (text) => (out += text));
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
      child.on('close', (...ended) => resolve(ended)),
    );
    expect({ code, signal, out }).toEqual({ code: 0, signal: null, out: 'alive\n' });
  },
  180_000,
);

test.skipIf(!existsSync(built))('two workers sample beside each other, with the same bits', async () => {
  const body = `
    import { parentPort } from 'node:worker_threads';
    const { createGraph, sampleBlocks } = await import(${JSON.stringify(built.href)});
    const offsets = BigUint64Array.from({ length: 1001 }, (_, i) => BigInt(i * 20));
    const indices = Uint32Array.from({ length: 20000 }, (_, e) => (e % 20) * 50 + (Math.floor(e / 20) % 50));
    const graph = createGraph({ nodes: 1000, relations: [{ offsets, indices }] });
    const { nodes, blocks } = await sampleBlocks(graph, Uint32Array.from({ length: 100 }, (_, i) => i * 7), { fanouts: [5, 5], seed: 3 });
    parentPort.postMessage([nodes, blocks]);
    graph.close();
  `;
  const [one, two] = await Promise.all(
    [0, 1].map(
      () =>
        new Promise((resolve, reject) => {
          const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(body)}`));
          worker.once('message', resolve);
          worker.once('error', reject);
        }),
    ),
  );
  expect(two).toEqual(one);
  expect(one).toHaveLength(2);
});
