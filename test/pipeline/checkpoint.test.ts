import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CohearError } from '../../lib/errors/index.js';
import { openCheckpoint } from '../../lib/pipeline/checkpoint.js';

let base: string;
let told: string[];
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'cohear-checkpoint-'));
  told = [];
});
afterEach(() => rmSync(base, { recursive: true, force: true }));
const open = () => openCheckpoint(join(base, 'c'), (text) => void told.push(text));
const text = (path: string) => readFile(path, 'utf8');
const stored = () => readdirSync(join(base, 'c')).filter((name) => name.startsWith('state.'));

test('the last save under each name is found again, by another process too', async () => {
  const checkpoint = await open();
  expect(await checkpoint.load('state', text)).toBe(undefined);
  await checkpoint.save('state', (path) => writeFile(path, 'one'));
  await checkpoint.save('state', (path) => writeFile(path, 'two'));
  await checkpoint.save('state.best', (path) => writeFile(path, 'best'));
  const again = await open();
  expect(await again.load('state', text)).toBe('two');
  expect(await again.load('state.best', text)).toBe('best');
  expect(again.secondsBefore).toBeGreaterThan(0);
});

test('a save that fails leaves the one before', async () => {
  const checkpoint = await open();
  await checkpoint.save('state', (path) => writeFile(path, 'one'));
  const failing = checkpoint.save('state', async (path) => {
    await writeFile(path, 'half');
    throw new Error('disk full');
  });
  await expect(failing).rejects.toThrow('disk full');
  expect(await checkpoint.load('state', text)).toBe('one');
});

test('of two states, left by a kill between rename and removal, the later one is read', async () => {
  const checkpoint = await open();
  await checkpoint.save('state', (path) => writeFile(path, 'one'));
  const [first] = stored();
  const bytes = readFileSync(join(base, 'c', first!));
  await checkpoint.save('state', (path) => writeFile(path, 'two'));
  writeFileSync(join(base, 'c', first!), bytes);
  utimesSync(join(base, 'c', first!), 1, 1);
  expect(await checkpoint.load('state', text)).toBe('two');
});

test('changed bytes are left out with a message, and so is what the reader calls malformed', async () => {
  const checkpoint = await open();
  await checkpoint.save('state', (path) => writeFile(path, 'one'));
  writeFileSync(join(base, 'c', stored()[0]!), 'onX');
  expect(await checkpoint.load('state', text)).toBe(undefined);
  expect(told[0]).toMatch(/"state" cannot be used .* it has changed/);

  await checkpoint.save('state', (path) => writeFile(path, 'old format'));
  const refuse = async () => {
    throw new CohearError('ERR_FORMAT', 'not mine');
  };
  expect(await checkpoint.load('state', refuse)).toBe(undefined);
  expect(told[1]).toMatch(/not mine/);
  await checkpoint.save('state', (path) => writeFile(path, 'fine'));
  const crash = () => Promise.reject(new TypeError('a bug'));
  await expect(checkpoint.load('state', crash)).rejects.toThrow('a bug');
});
