// Builds the addon with cmake-js into build/Release. With a folder as argument (node-gyp and prebuildify pass
// theirs), copies the addon there too.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const target = process.argv[2] ? resolve(process.argv[2]) : undefined;
const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const { status } = spawnSync(
  process.execPath,
  ['node_modules/cmake-js/bin/cmake-js', 'build', '--out', 'build', '--parallel', '2'],
  { stdio: ['ignore', 2, 2] },
);
if (status !== 0) process.exit(status ?? 1);
const built = join(root, 'build', 'Release', 'cohear.node');
if (target && resolve(target, 'cohear.node') !== built) {
  mkdirSync(target, { recursive: true });
  copyFileSync(built, join(target, 'cohear.node'));
}
