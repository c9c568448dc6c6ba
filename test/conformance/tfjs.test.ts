import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it.each([
  { how: '', options: [] },
  { how: ', every elementwise result computed late', options: ['--fuse-all'] },
])("passes tfjs-core's own suite on the backend cohear$how", { timeout: 300_000 }, ({ options }) => {
  const script = fileURLToPath(new URL('../../scripts/conformance.mjs', import.meta.url));
  const output = execFileSync(process.execPath, [script, ...options], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const counts = JSON.parse(output.trim().split('\n').at(-1)!);
  expect(counts).toMatchObject({ specs: 4230, passed: 4225, failed: 0, pending: 5 });
});
