// Makes a checkout ready: system packages, npm packages, the native build, the TypeScript build.
// Each step is skipped, with no work done, when nothing that it depends on has changed.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const started = Date.now();
process.chdir(root);

const say = (text) => console.error(`setup: ${text}`);
function fail(text) {
  say(text);
  process.exit(1);
}
function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 2, 2], ...options });
  if (status !== 0)
    fail(
      `\`${[command, ...args].join(' ')}\` failed${error ? `: ${error.message}` : ` with status ${status}`}`,
    );
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) fail(`want Node 20.19 or later, this is ${process.version}`);

// 1. System packages. A compiler and CMake are needed; the others make it faster or testable.
const libraries = () => {
  try {
    return execFileSync('ldconfig', ['-p'], { encoding: 'utf8' });
  } catch {
    return '';
  }
};
const has = (tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status === 0;
const packages = [
  { apt: 'g++', needed: true, there: () => has('g++') || has('clang++') || has('c++') },
  { apt: 'cmake', needed: true, there: () => has('cmake') },
  { apt: 'ninja-build', needed: false, there: () => has('ninja'), why: 'faster builds' },
  {
    apt: 'libdnnl2',
    needed: false,
    there: () => /libdnnl\.so\.[23]/.test(libraries()),
    why: 'fast matrix products (oneDNN)',
  },
  {
    apt: 'libgtest-dev',
    needed: false,
    there: () => existsSync('/usr/include/gtest/gtest.h'),
    why: 'native tests',
  },
  {
    apt: 'libbenchmark-dev',
    needed: false,
    there: () => existsSync('/usr/include/benchmark/benchmark.h'),
    why: 'native benchmarks',
  },
  { apt: 'clang-format', needed: false, there: () => has('clang-format'), why: 'npm run check' },
];
let missing =
  process.platform === 'linux'
    ? packages.filter((p) => !p.there())
    : packages.filter((p) => p.needed && !p.there());
if (missing.length > 0) {
  const names = missing.map((p) => p.apt);
  if (has('apt-get') && process.getuid?.() === 0) {
    say(`installing system packages: ${names.join(' ')}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    run('apt-get', ['update', '-qq'], { env });
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], { env });
    missing = packages.filter((p) => !p.there());
  } else {
    const how = has('apt-get')
      ? `sudo apt-get install ${names.join(' ')}`
      : `install with your package manager: ${names.join(', ')}`;
    if (missing.some((p) => p.needed)) fail(`missing ${names.join(', ')}. Run: ${how}`);
    say(`going on without ${missing.map((p) => `${p.apt} (${p.why})`).join(', ')}. To have them: ${how}`);
  }
}

// 2 to 4. Steps that depend on files of the repository: remembered by a hash of those files.
function files(...places) {
  const found = [];
  const walk = (path) => {
    if (!existsSync(path)) return;
    if (statSync(path).isDirectory()) for (const name of readdirSync(path).sort()) walk(join(path, name));
    else found.push(path);
  };
  places.forEach(walk);
  return found;
}
function step(name, inputs, outputs, action, extra = '') {
  const hash = createHash('sha256').update(process.version.split('.')[0]).update(extra);
  for (const file of inputs) hash.update(file).update('\0').update(readFileSync(file));
  const digest = hash.digest('hex');
  const stamp = join('build', `.setup-${name}`);
  if (outputs.every((o) => existsSync(o)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest)
    return;
  const begin = Date.now();
  action();
  mkdirSync('build', { recursive: true });
  writeFileSync(stamp, digest);
  say(`${name} done in ${((Date.now() - begin) / 1000).toFixed(1)} s`);
}
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
step('packages', ['package.json', 'package-lock.json'], ['node_modules/typescript/package.json'], () => {
  say('installing npm packages (npm ci)');
  // onnxruntime-node ships its CPU library in its package; its install script would only fetch GPU parts.
  run(npm, ['ci', '--no-fund', '--no-audit'], { env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' } });
});
step(
  'native',
  ['CMakeLists.txt', ...files('native')],
  ['build/Release/cohear.node'],
  () => {
    say('building the native core');
    run(process.execPath, ['scripts/build-native.mjs']);
  },
  missing.map((p) => p.apt).join(),
);
step('typescript', ['tsconfig.json', 'package.json', ...files('lib')], ['dist/index.js'], () => {
  run(process.execPath, ['scripts/build-types.mjs']);
});
// So that `npx cohear` works in the checkout, too.
if (process.platform !== 'win32' && existsSync('bin/cohear.mjs') && !existsSync('node_modules/.bin/cohear')) {
  run('ln', ['-sf', '../../bin/cohear.mjs', 'node_modules/.bin/cohear']);
  run('chmod', ['+x', 'bin/cohear.mjs']);
}
say(`ready (${((Date.now() - started) / 1000).toFixed(1)} s)`);
