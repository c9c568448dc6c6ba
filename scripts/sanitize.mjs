// Builds the native tests with sanitizers and runs them: AddressSanitizer + UndefinedBehaviorSanitizer, then
// ThreadSanitizer. `npm run sanitize -- address` or `-- thread` for one. What follows `--filter=` goes to GoogleTest.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const args = process.argv.slice(2);
const filter = args.find((arg) => arg.startsWith('--filter='))?.slice('--filter='.length) ?? '*';
const asked = args.filter((arg) => !arg.startsWith('--'));
const kinds = asked.length > 0 ? asked : ['address', 'thread'];

const run = (command, list, env = {}) => {
  const { status } = spawnSync(command, list, { stdio: 'inherit', env: { ...process.env, ...env } });
  if (status !== 0) process.exit(status ?? 1);
};
for (const kind of kinds) {
  if (kind !== 'address' && kind !== 'thread') {
    console.error(`sanitize: want "address" or "thread", got "${kind}"`);
    process.exit(2);
  }
  const folder = `build-${kind}`;
  console.log(`sanitize: ${kind}, in ${folder}`);
  run('cmake', ['-S', '.', '-B', folder, `-DCOHEAR_SANITIZE=${kind}`, '-DCMAKE_BUILD_TYPE=RelWithDebInfo']);
  run('cmake', ['--build', folder, '--target', 'cohear_test', '--parallel', '2']);
  run(`${folder}/cohear_test`, ['--gtest_brief=1', `--gtest_filter=${filter}`], {
    ASAN_OPTIONS: 'detect_leaks=1:strict_init_order=1',
    UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
    TSAN_OPTIONS: 'halt_on_error=1:second_deadlock_stack=1',
  });
}
