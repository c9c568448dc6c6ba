import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SEGMENT_ROWS } from '../../lib/text/cache.js';

const program = fileURLToPath(new URL('encode-file.ts', import.meta.url));
const root = fileURLToPath(new URL('../../', import.meta.url));
const TEXTS = 6 * SEGMENT_ROWS;

let base: string;
beforeEach(() => void (base = mkdtempSync(join(tmpdir(), 'cohear-kill-'))));
afterEach(() => rmSync(base, { recursive: true, force: true }));

function start(pause: number, log: string): { child: ChildProcess; ended: Promise<string> } {
  const args = ['--import', 'jiti/register', program, join(base, 'cache'), String(TEXTS), String(pause), log];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (data) => (out += data));
  return { child, ended: new Promise((resolve) => child.on('close', () => resolve(out.trim()))) };
}
/** Texts that a process encoded. */
const encoded = (log: string) =>
  existsSync(log)
    ? readFileSync(log, 'utf8')
        .split('\n')
        .reduce((sum, line) => sum + Number(line), 0)
    : 0;

it('a process killed while it encodes loses at most one batch, and the next ends with the same bits', async () => {
  const [first, second] = [join(base, 'first.log'), join(base, 'second.log')];
  const { child, ended } = start(150, first);
  while (encoded(first) < 3 * SEGMENT_ROWS && child.exitCode === null)
    await new Promise((r) => setTimeout(r, 5));
  child.kill('SIGKILL');
  await ended;
  expect(encoded(first)).toBeLessThan(TEXTS);
  expect(await start(0, second).ended).toBe('same bits');
  expect(encoded(first) + encoded(second)).toBeLessThanOrEqual(TEXTS + SEGMENT_ROWS);
  const third = join(base, 'third.log');
  expect(await start(0, third).ended).toBe('same bits');
  expect(encoded(third)).toBe(0);
}, 120_000);

it('two processes may fill one cache', async () => {
  const logs = [join(base, 'a.log'), join(base, 'b.log')];
  expect(await Promise.all(logs.map((log) => start(20, log).ended))).toEqual(['same bits', 'same bits']);
  const third = join(base, 'third.log');
  expect(await start(0, third).ended).toBe('same bits');
  expect(encoded(third)).toBe(0);
}, 120_000);
