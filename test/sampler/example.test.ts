import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const node = (...args: string[]) => execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
const percent = (text: string, what: string) => Number(new RegExp(`${what}: ([\\d.]+) %`).exec(text)?.[1]);

it('examples/sampler/plain.mjs: neighbours tell more than a node alone', () => {
  const said = node('examples/sampler/plain.mjs');
  expect(percent(said, 'own features')).toBeGreaterThan(70);
  expect(percent(said, 'own features')).toBeLessThan(90);
  expect(percent(said, 'mean of two hops')).toBeGreaterThan(97);
});

it('examples/sampler/tfjs.mjs: learns', () => {
  const said = node('examples/sampler/tfjs.mjs');
  expect(said).toMatch(/epoch 8: loss 0\.0/);
  expect(percent(said, 'right on the other half')).toBeGreaterThan(97);
});

// tfjs-core announces itself on the global object when it is loaded, by whatever way.
it('cohear/sampler loads no tfjs, cohear/tensor does', () => {
  const loaded = (what: string) =>
    node(
      '--input-type=module',
      '-e',
      `await import('${what}'); console.log(String(globalThis._tfengine))`,
    ).trim();
  expect(loaded('cohear/sampler')).toBe('undefined');
  expect(loaded('cohear/tensor')).not.toBe('undefined');
});
