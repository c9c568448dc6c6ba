import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const program = fileURLToPath(new URL('run-fake.ts', import.meta.url));
const root = fileURLToPath(new URL('../../', import.meta.url));
let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'cohear-kill-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const log = () => join(base, 'steps.log');
const steps = () => (existsSync(log()) ? readFileSync(log(), 'utf8').trim().split('\n') : []);

function start(
  workdir: string,
  pause = 0,
): { child: ChildProcess; ended: Promise<{ code: number | null; out: string }> } {
  const child = spawn(process.execPath, ['--import', 'jiti/register', program, workdir], {
    cwd: root,
    env: { ...process.env, FAKE_PAUSE: String(pause), FAKE_LOG: log() },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  child.stdout!.on('data', (data) => (out += data));
  child.stderr!.on('data', (data) => (out += data));
  return { child, ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, out }))) };
}
async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 12_000 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(condition()).toBe(true);
}
const bits = (workdir: string) => {
  const { stages } = JSON.parse(readFileSync(join(workdir, 'manifest.json'), 'utf8'));
  return Object.fromEntries(
    Object.entries<{ files: unknown }>(stages).map(([name, { files }]) => [name, files]),
  );
};

test('a killed run goes on in the middle of its stage and ends with the same bits', async () => {
  const whole = join(base, 'whole');
  expect((await start(whole).ended).code).toBe(0);
  rmSync(log());

  const cut = join(base, 'cut');
  for (const goal of [4, 9]) {
    const { child, ended } = start(cut, 100);
    await until(() => steps().length >= goal);
    child.kill('SIGKILL');
    expect((await ended).code).toBe(null);
  }
  expect(existsSync(join(cut, 'lock'))).toBe(true); // left by the dead process, and taken over below
  const { code, out } = await start(cut).ended;
  expect(code).toBe(0);
  expect(out).toContain('skipped squares');
  const from = Number(/train from step (\d+)/.exec(out)![1]);
  expect(from).toBeGreaterThanOrEqual(8);
  expect(from).toBeLessThan(20);
  expect(bits(cut)).toEqual(bits(whole));
  expect(existsSync(join(cut, 'lock'))).toBe(false);
  // The seconds of the killed processes' checkpointed work count: nine steps of 100 ms at least.
  const seconds = JSON.parse(/seconds (.*)/.exec(out)![1]!);
  expect(seconds.train).toBeGreaterThan(0.2);
  for (const stage of ['numbers', 'squares', 'train', 'report'])
    expect(readdirSync(join(cut, stage))).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/)]);
});

test('Ctrl-C stops at a safe point; the same command goes on', async () => {
  const workdir = join(base, 'run');
  const { child, ended } = start(workdir, 200);
  await until(() => steps().length >= 3);
  child.kill('SIGINT');
  const { code, out } = await ended;
  expect(code).toBe(3);
  expect(out).toMatch(/failed ERR_CANCELLED stopped in stage "train"; the same command goes on/);
  expect((await start(workdir).ended).out).toMatch(/train from step [3-9]/);
});

test('a second process in the same folder is refused while the first works', async () => {
  const workdir = join(base, 'run');
  // Works on while the second starts, however slow the machine; killed below.
  const { child, ended } = start(workdir, 3000);
  await until(() => steps().length >= 1);
  const second = await start(workdir).ended;
  expect(second.code).toBe(3);
  expect(second.out).toContain(`in use by process ${child.pid}`);
  child.kill('SIGKILL');
  await ended;
});

const heldBy = async (content: unknown) => {
  const workdir = join(base, 'run');
  expect((await start(workdir).ended).code).toBe(0);
  writeFileSync(join(workdir, 'lock'), typeof content === 'string' ? content : JSON.stringify(content));
  return start(workdir).ended;
};
const holder = { pid: process.pid, host: hostname(), began: null, since: 'then' };

test.each([
  ['of a dead process', { ...holder, pid: 2 ** 22 + 1 }], // above the highest number that Linux gives
  ['cut short', 'half {'],
])('a lock %s is taken over', async (_, content) => {
  expect((await heldBy(content)).code).toBe(0);
});

test.skipIf(!existsSync('/proc/self/stat'))(
  'a lock whose process number another process has now is taken over',
  async () => {
    expect((await heldBy({ ...holder, began: '1' })).code).toBe(0);
  },
);

test('a lock of another machine is respected, and the way out is told', async () => {
  const { code, out } = await heldBy({ ...holder, host: 'elsewhere' });
  expect(code).toBe(3);
  expect(out).toMatch(/of the machine elsewhere since then\. If that run is over, delete .*lock/);
});
