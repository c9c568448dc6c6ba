import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const lib = fileURLToPath(new URL('../../lib', import.meta.url));

/** Every file that importing `file` loads (type-only imports left out), and every package. */
function reach(file: string, files = new Set<string>(), packages = new Set<string>()) {
  if (files.has(file)) return { files, packages };
  files.add(file);
  const text = readFileSync(file, 'utf8');
  for (const [, clause, from] of text.matchAll(/^(?:import|export)\s([^;]*?)from '([^']+)'/gms)) {
    if (clause!.startsWith('type ')) continue;
    if (from!.startsWith('.')) reach(resolve(dirname(file), from!.replace(/\.js$/, '.ts')), files, packages);
    else packages.add(from!);
  }
  for (const [, from] of text.matchAll(/(?:^import|\bimport\(|\brequire\()\s*'([^'.][^']*)'/gm))
    packages.add(from!);
  return { files, packages };
}

it('importing the sampler loads no tensor library, only base folders and edge lists', () => {
  const { files, packages } = reach(resolve(lib, 'sampler/index.ts'));
  const folders = new Set([...files].map((file) => relative(lib, file).split('/')[0]));
  expect([...folders].sort()).toEqual(['errors', 'graph', 'native', 'random', 'sampler']);
  const ofGraph = [...files].filter((file) => relative(lib, file).startsWith('graph'));
  expect(ofGraph).toEqual([resolve(lib, 'graph/edge-list.ts')]);
  expect([...packages].sort()).toEqual(['node-gyp-build', 'node:module', 'node:url']);
});
