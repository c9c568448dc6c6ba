// Compiles lib to dist. Files of dist whose source is gone are removed first.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const prune = (folder) => {
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) prune(path);
    else if (/\.(js|d\.ts)(\.map)?$/.test(name)) {
      const source = join('lib', path.slice('dist/'.length).replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts'));
      if (!existsSync(source)) rmSync(path);
    }
  }
};
prune('dist');
const { status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], {
  stdio: ['ignore', 2, 2],
});
process.exit(status ?? 1);
