import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it("passes tfjs-core's own suite on the backend cohear", { timeout: 300_000 }, () => {
  const script = fileURLToPath(new URL('../../scripts/conformance.mjs', import.meta.url));
  const output = execFileSync(process.execPath, [script], { encoding: 'utf8', maxBuffer: 1 << 26 });
  const counts = JSON.parse(output.trim().split('\n').at(-1)!);
  expect(counts).toMatchObject({ specs: 4230, passed: 4225, failed: 0, pending: 5 });
});
