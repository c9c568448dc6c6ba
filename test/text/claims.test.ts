import { hash } from 'node:crypto';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { thisProcess } from '../../lib/artifacts/index.js';
import { Claims, LEASE_MS } from '../../lib/text/claims.js';
import { KEY_PREFIX, KeyIndex } from '../../lib/text/key-index.js';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'cohear-claims-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const file = () => join(folder, 'claims.log');
const keyOf = (text: string) => hash('sha256', text, 'binary');
function indexOf(texts: readonly string[]): KeyIndex {
  const index = new KeyIndex(texts.length);
  for (const text of texts) index.add(keyOf(text));
  return index;
}
const TEXTS = ['a', 'b', 'c', 'd'];
const index = indexOf(TEXTS);
const all = Uint32Array.of(0, 1, 2, 3);
const free = (claims: Claims) => {
  claims.read();
  return [...all].filter((entry) => claims.isFree(entry));
};
/** A line of another owner, whose keys are those of `texts`. */
const line = (texts: string, more: object = {}) =>
  `\n${JSON.stringify({
    id: 'other',
    ...thisProcess(),
    time: Date.now(),
    keys: Buffer.concat(
      [...texts].map((text) => Buffer.from(keyOf(text), 'latin1').subarray(0, KEY_PREFIX)),
    ).toString('base64'),
    ...more,
  })}\n`;

it('the first claim of a key holds until its owner has ended', () => {
  const [a, b] = [new Claims(folder, index), new Claims(folder, indexOf(['d', 'c', 'b', 'x']))];
  expect([...a.claim(Uint32Array.of(1, 2))]).toEqual([1, 2]);
  expect([...b.claim(all)]).toEqual([0, 3]); // d and x; c and b are taken
  expect(free(a)).toEqual([0, 1, 2]);
  expect(a.others()).toMatchObject([{ pid: process.pid }]);
  a.close();
  expect(b.others()).toMatchObject([{ pid: process.pid }]); // as it read last
  b.read();
  expect(b.others()).toEqual([]);
  expect([...b.claim(all)]).toEqual([0, 1, 2, 3]);
  b.close();
  expect(existsSync(file())).toBe(false);
});

it.each([
  ['a living process', {}, [2, 3]],
  ['a dead process', { pid: 2 ** 22 + 1 }, [0, 1, 2, 3]],
  ['a process that had the number before', { began: '1' }, [0, 1, 2, 3]],
  ['a process that hangs', { time: Date.now() - LEASE_MS }, [0, 1, 2, 3]],
  ['another machine', { host: 'elsewhere', pid: 2 ** 22 + 1 }, [2, 3]],
  ['another machine long ago', { host: 'elsewhere', time: Date.now() - LEASE_MS }, [0, 1, 2, 3]],
])('claims of %s', (_, more, want) => {
  writeFileSync(file(), line('ab', more));
  const claims = new Claims(folder, index);
  expect(free(claims)).toEqual(want);
  expect([...claims.claim(all)]).toEqual(want);
  claims.close();
});

it('reads on past lines that are cut, or are no claims', () => {
  const whole = line('ab');
  writeFileSync(
    file(),
    `${whole.slice(0, 30)}\nnull\n[]\n{"id":3}\n{"id":"x","time":1}${whole.slice(0, 40)}`,
  );
  const claims = new Claims(folder, index);
  expect(free(claims)).toEqual([0, 1, 2, 3]);
  appendFileSync(file(), whole.slice(0, 50)); // somebody is still writing
  expect(free(claims)).toEqual([0, 1, 2, 3]);
  appendFileSync(file(), whole.slice(50));
  appendFileSync(file(), line('c', { id: 'third' }));
  expect(free(claims)).toContain(3);
  expect(free(claims)).not.toContain(2);
  claims.close();
  expect(readFileSync(file(), 'utf8')).toContain('"ended":true'); // kept for the third
});

it('claims anew where its log was removed', () => {
  const claims = new Claims(folder, index);
  claims.claim(Uint32Array.of(0));
  rmSync(file());
  const other = new Claims(folder, index);
  expect([...other.claim(Uint32Array.of(1))]).toEqual([1]);
  expect([...claims.claim(Uint32Array.of(1, 2))]).toEqual([2]);
  other.close();
  claims.close();
  expect(existsSync(file())).toBe(false);
});

it('says which folder cannot be written', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => new Claims(join(folder, 'file', 'below'), index)).toThrow(
    expect.objectContaining({ code: 'ERR_IO', message: expect.stringContaining(join(folder, 'file')) }),
  );
});
