// Everything that can be checked without running the program: format, lint, types, layers.
// `--fix-native` formats the C++ files instead of checking them.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { layerViolations } from './layers.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const native = ['native', 'test/native', 'bench/native']
  .flatMap((folder) => {
    try {
      return readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)));
    } catch {
      return [];
    }
  })
  .filter((name) => /\.(cc|h)$/.test(name));

if (process.argv.includes('--fix-native')) {
  process.exit(spawnSync('clang-format', ['-i', ...native], { stdio: 'inherit' }).status ?? 1);
}

const bin = (path) => [process.execPath, `node_modules/${path}`];
const checks = [
  ['biome', ...bin('@biomejs/biome/bin/biome'), 'check', '.'],
  ['types', ...bin('typescript/bin/tsc'), '-p', 'tsconfig.check.json'],
  ['clang-format', 'clang-format', '--dry-run', '--Werror', ...native],
];
let failed = 0;
for (const [name, command, ...args] of checks) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (error?.code === 'ENOENT') console.log(`${name}: not installed, skipped`);
  else console.log(`${name}: ${status === 0 ? 'ok' : 'FAILED'}`);
  if (status !== 0 && error?.code !== 'ENOENT') failed++;
}
const violations = layerViolations((path) => readFileSync(path, 'utf8'));
for (const line of violations) console.log(`layers: ${line}`);
console.log(`layers: ${violations.length === 0 ? 'ok' : 'FAILED'}`);
process.exit(failed > 0 || violations.length > 0 ? 1 : 0);
