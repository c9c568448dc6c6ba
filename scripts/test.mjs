// The whole test run: native tests (GoogleTest), then vitest (which runs tfjs-core's own suite too).
// `npm test -- --native`, `-- --ts` or `-- test/graph` run a part of it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const args = process.argv.slice(2);
const only = args.filter((a) => !a.startsWith('--'));
const run = (command, list) => {
  const { status } = spawnSync(command, list, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};
const shared = resolve(process.env.COHEAR_SHARED ?? '../shared');
console.log(
  existsSync(shared)
    ? 'test: real data sets found; tests on them run'
    : 'test: no COHEAR_SHARED folder; tests on real data sets are skipped',
);
if (!args.includes('--ts') && only.length === 0) {
  if (existsSync('/usr/include/gtest/gtest.h')) {
    run('cmake', ['--build', 'build', '--target', 'cohear_test', '--parallel', '2']);
    run('build/cohear_test', ['--gtest_brief=1']);
  } else console.log('test: GoogleTest is not installed; native tests are skipped');
}
if (!args.includes('--native')) run(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...only]);
