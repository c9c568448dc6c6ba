import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cachedEncode, endpointEncoder } from '../../lib/text/index.js';
import { type EncodeJob, textsOf } from './encode-job.js';
import { answerTo, EndpointServer, sendJson } from './endpoint-server.js';
import { slowHashing } from './slow-hashing.js';

const program = fileURLToPath(new URL('encode-process.ts', import.meta.url));
const root = fileURLToPath(new URL('../../', import.meta.url));
const TEXTS = 3000;
const BATCH = 32;

let base: string;
beforeEach(() => void (base = mkdtempSync(join(tmpdir(), 'cohear-kill-'))));
afterEach(() => rmSync(base, { recursive: true, force: true }));

function start(job: Omit<EncodeJob, 'folder' | 'count'>): { child: ChildProcess; ended: Promise<string> } {
  const whole: EncodeJob = { folder: join(base, 'cache'), count: TEXTS, ...job };
  const args = ['--import', 'jiti/register', program, JSON.stringify(whole)];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (data) => (out += data));
  return { child, ended: new Promise((resolve) => child.on('close', () => resolve(out.trim()))) };
}
const until = async (reached: () => boolean) => {
  while (!reached()) await new Promise((resolve) => setTimeout(resolve, 1));
};
const claimLogs = () =>
  readdirSync(join(base, 'cache'), { recursive: true }).filter((f) => String(f).includes('claims'));

describe('a local encoder', () => {
  /** Texts that a process encoded. */
  const encoded = (log: string) =>
    existsSync(log)
      ? readFileSync(log, 'utf8')
          .split('\n')
          .reduce((sum, line) => sum + Number(line), 0)
      : 0;

  it('killed again and again loses at most one batch each time', async () => {
    const logs: string[] = [];
    const total = () => logs.reduce((sum, log) => sum + encoded(log), 0);
    for (const least of [300, 1500]) {
      const log = join(base, `${least}.log`);
      logs.push(log);
      const { child, ended } = start({ pause: 3, log });
      await until(() => total() >= least || child.exitCode !== null);
      child.kill('SIGKILL');
      expect(await ended).toBe('');
      expect(total()).toBeLessThan(TEXTS);
    }
    const asked: string[] = [];
    const plain = slowHashing({ dimension: 16 });
    const encode = async (texts: readonly string[]) => {
      asked.push(...texts);
      return plain.encode(texts);
    };
    const cache = { folder: join(base, 'cache') };
    expect(await cachedEncode({ ...plain, encode }, textsOf(TEXTS), cache)).toEqual(
      await plain.encode(textsOf(TEXTS)),
    );
    expect(new Set(asked).size).toBe(asked.length);
    const all = total() + asked.length;
    expect(all).toBeGreaterThanOrEqual(TEXTS);
    expect(all).toBeLessThanOrEqual(TEXTS + logs.length * BATCH);
  }, 120_000);
});

describe('an endpoint', () => {
  const [batchTexts, concurrency] = [50, 3];
  const bound = batchTexts * concurrency;
  let server: EndpointServer;
  beforeEach(async () => {
    server = new EndpointServer();
    server.behaviour = ({ body }, response) => {
      setTimeout(() => sendJson(response, answerTo(body.input)), 15);
      return undefined;
    };
    await server.start();
  });
  afterEach(() => server.stop());
  const job = () => ({
    endpoint: { url: server.url, model: 'm', dimension: 3, batchTexts, concurrency },
  });
  const asked = () => server.asked.reduce((sum, { body }) => sum + body.input.length, 0);

  it('is asked again for no more than the requests under way at each kill', async () => {
    for (const least of [400, 1700]) {
      const { child, ended } = start(job());
      await until(() => asked() >= least || child.exitCode !== null);
      child.kill('SIGKILL');
      expect(await ended).toBe('');
      expect(asked()).toBeLessThan(TEXTS);
    }
    const again = () =>
      cachedEncode(endpointEncoder(job().endpoint), textsOf(TEXTS), { folder: join(base, 'cache') });
    await again();
    expect(new Set(server.asked.flatMap(({ body }) => body.input)).size).toBe(TEXTS);
    expect(asked()).toBeLessThanOrEqual(TEXTS + 2 * bound);
    const before = asked();
    await again();
    expect(asked()).toBe(before);
  }, 120_000);

  it('is asked once for each text by processes that start together', async () => {
    const runs = [1, 2].map(() => start(job()).ended);
    expect(await Promise.all(runs)).toEqual(Array(2).fill(`${TEXTS} rows`));
    expect(asked()).toBe(TEXTS);
    expect(claimLogs()).toEqual([]);
  }, 120_000);

  it('is asked by another for what a killed process had claimed', async () => {
    const [one, two] = [start(job()), start(job())];
    await until(() => asked() >= 700 || one.child.exitCode !== null);
    one.child.kill('SIGKILL');
    expect(await one.ended).toBe('');
    expect(await two.ended).toBe(`${TEXTS} rows`);
    expect(asked()).toBeGreaterThanOrEqual(TEXTS);
    expect(asked()).toBeLessThanOrEqual(TEXTS + bound);
    expect(claimLogs()).toEqual([]);
  }, 120_000);
});
