import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runCommandLine } from './in-process.js';

const base = mkdtempSync(join(tmpdir(), 'cohear-text-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const cohear = (...args: string[]) => runCommandLine(args);

describe('distill', () => {
  test('writes a table, says what it is, and replaces none unasked', async () => {
    const out = join(base, 'table.safetensors');
    const args = ['distill', '--model', 'm', '--out', out];
    const first = await cohear(...args);
    expect([first.code, first.out]).toEqual([0, `${out}: 3 tokens of 64 dimensions, 0.0 MB\n`]);
    const again = await cohear(...args);
    expect([again.code, again.err]).toEqual([2, expect.stringMatching(/exists.*--overwrite/)]);
    const { code, out: json } = await cohear(...args, '--overwrite', '--json', '--dimension', '8');
    expect(code).toBe(0);
    expect(JSON.parse(json)).toMatchObject({ out, tokens: 3, dimension: 8, 'model sha256': 'abc' });
  });

  test('wants a model and an output', async () => {
    expect((await cohear('distill', '--model', 'm')).err).toMatch(/--out/);
    expect((await cohear('distill', '--out', 'o')).err).toMatch(/--model/);
    expect((await cohear('distill', '--help')).out).toMatch(/built-in/);
  });
});
