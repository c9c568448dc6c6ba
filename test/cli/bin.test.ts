import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cohear-bin-'));
  cpSync(fileURLToPath(new URL('../../bin', import.meta.url)), join(root, 'bin'), { recursive: true });
  write('package.json', '{"type": "module"}');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(name: string, text: string, time?: number): void {
  const path = join(root, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  if (time !== undefined) utimesSync(path, time, time);
}
const build = (time?: number) =>
  write(
    'dist/cli/main.js',
    `export const main = async (args) => (console.log(args.join()), Number(args[0]));`,
    time,
  );
function cohear(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'bin/cohear.mjs'), ...args]);
  return { status, out: String(stdout), err: String(stderr) };
}

test('without a build it says how to make one', () => {
  const { status, err } = cohear('run');
  expect(status).toBe(1);
  expect(err).toMatch(/not built here .* run `npm run setup`/);
});

test('it passes arguments on, and the exit code back', () => {
  build();
  expect(cohear('3', '--json')).toEqual({ status: 3, out: '3,--json\n', err: '' });
});

test('in a checkout it warns when the sources are newer than the build, and only then', () => {
  build(1000);
  write('lib/cli/main.ts', '', 2000);
  expect(cohear('0').err).toBe(''); // no tsconfig.json: not a checkout
  write('tsconfig.json', '{}');
  expect(cohear('0')).toMatchObject({
    status: 0,
    err: expect.stringMatching(/lib has changed since it was built/),
  });
  build(3000);
  expect(cohear('0').err).toBe('');
});
