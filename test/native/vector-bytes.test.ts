import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));

/** What the kernels over vectors make of random numbers: a line with a checksum for each. */
const program = `
import { createHash } from 'node:crypto';
import { dotScores, topKSync } from '${dist}retrieval/index.js';
import { encodeTable, gatherAggregate, gatherAggregateTable, tf } from '${dist}tensor/index.js';
const random = (rows, cols, seed) => ({
  rows, cols,
  data: Float32Array.from({ length: rows * cols }, (_, i) => Math.fround(Math.sin(i * 12.9898 + seed) * 43758.5453) % 1),
});
const say = (name, ...arrays) => {
  const hash = createHash('sha256');
  for (const array of arrays) hash.update(Buffer.from(array.buffer, array.byteOffset, array.byteLength));
  console.log(name, hash.digest('hex'));
};
const queries = random(31, 37, 1), items = random(700, 37, 2);
const found = topKSync(queries, items, { k: 20 });
say('top-k', found.rows, found.scores);
const out = new Float32Array(31 * 700);
await dotScores({ queries: queries.data, items: items.data, dimensions: 37, bias: random(1, 700, 3).data, out });
say('scores', out);
const block = {
  offsets: BigUint64Array.from({ length: 101 }, (_, i) => BigInt(i * 7)),
  indices: Uint32Array.from({ length: 700 }, (_, i) => (i * 37) % 300),
};
for (const width of [1, 24, 150, 300]) {
  const x = random(300, width, 4);
  const weights = random(1, 700, 5).data;
  const source = tf.tensor2d(x.data, [300, width]);
  for (const mode of ['max', 'mean', 'sum']) {
    const grad = tf.grad((s) => gatherAggregate(s, block, mode));
    say(mode + width, gatherAggregate(source, block, mode).dataSync(), grad(source).dataSync());
    for (const element of ['f16', 'bf16', 'int8'])
      say(mode + width + element, gatherAggregateTable(encodeTable(x.data, width, element), block, mode).dataSync());
  }
  say('weighted' + width, gatherAggregate(source, block, 'sum', weights).dataSync());
}
`;

function resultsWith(bytes: number) {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...process.env, COHEAR_VECTOR_BYTES: String(bytes), COHEAR_GEMM: 'cohear' },
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  return stdout.trim().split('\n');
}

test('kernels but the matrix product give the same bits with vectors of any width', () => {
  const narrow = resultsWith(16);
  expect(narrow).toHaveLength(2 + 4 * (3 * 4 + 1));
  expect(resultsWith(32)).toEqual(narrow);
  expect(resultsWith(64)).toEqual(narrow); // what there is, at most
});
