import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const program = fileURLToPath(new URL('encode-process.ts', import.meta.url));
const root = fileURLToPath(new URL('../../', import.meta.url));
const TEXTS = 3000;
const BATCH = 32;

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

it('a process killed again and again while it encodes loses at most one batch each time', async () => {
  const logs: string[] = [];
  const total = () => logs.reduce((sum, log) => sum + encoded(log), 0);
  for (const until of [300, 1500]) {
    const log = join(base, `${until}.log`);
    logs.push(log);
    const { child, ended } = start(3, log);
    while (total() < until && child.exitCode === null) await new Promise((r) => setTimeout(r, 1));
    child.kill('SIGKILL');
    expect(await ended).toBe('');
    expect(total()).toBeLessThan(TEXTS);
  }
  const last = join(base, 'last.log');
  expect(await start(0, last).ended).toBe('same bits');
  const all = total() + encoded(last);
  expect(all).toBeGreaterThanOrEqual(TEXTS);
  expect(all).toBeLessThanOrEqual(TEXTS + logs.length * BATCH);
  const again = join(base, 'again.log');
  expect(await start(0, again).ended).toBe('same bits');
  expect(encoded(again)).toBe(0);
}, 120_000);

it('two processes may fill one cache', async () => {
  const logs = [join(base, 'a.log'), join(base, 'b.log')];
  expect(await Promise.all(logs.map((log) => start(1, log).ended))).toEqual(['same bits', 'same bits']);
  const third = join(base, 'third.log');
  expect(await start(0, third).ended).toBe('same bits');
  expect(encoded(third)).toBe(0);
}, 120_000);
