import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

it('examples/tfjs: one import, the same learning', () => {
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const args = ['examples/tfjs/main.mjs', '--steps', '6', '--batch', '128'];
  const said = execFileSync(process.execPath, args, { cwd, encoding: 'utf8' });
  const learnt = [...said.matchAll(/loss (\S+) {3}accuracy (\S+)/g)].map(([, ...numbers]) =>
    numbers.map(Number),
  );
  expect(learnt).toHaveLength(2);
  expect(learnt[1]![0]).toBeCloseTo(learnt[0]![0]!, 2);
  expect(learnt[1]![1]).toBeCloseTo(learnt[0]![1]!, 2);
}, 120_000);
