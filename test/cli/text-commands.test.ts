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

describe('text eval', () => {
  test('prints what it found, for people and for programs', async () => {
    const { code, out } = await cohear('text', 'eval', '--config', 'c.ts', '--set', 'seed=3');
    expect(code).toBe(0);
    expect(out).toContain('neighbour_hit_rate@10  0.2500  (0.0100 by chance)');
    expect(out).toContain('any_hit@10             0.5000');
    expect(out).toMatch(/all +cold items among cold +7 +0\.1250/);
    const json = JSON.parse((await cohear('text', 'eval', '--config', 'c.ts', '--json')).out);
    expect(json).toMatchObject({ 'neighbour_hit_rate@10': 0.25, 'any_hit@10': 0.5, chance: 0.01, asked: 8 });
    expect(json.llm_knn[2]).toMatchObject({ items: 'cold', metrics: { 'hr@10': { value: 0.125 } } });
  });

  test.each([
    ['hashing', '"hashing"'],
    ['built-in', '"built-in"'],
    ['/models/m', '{"onnx":"/models/m"}'],
    ['hf://a/b', '{"onnx":"hf://a/b"}'],
    ['/t.safetensors', '{"distilled":"/t.safetensors"}'],
  ])('takes the encoder %s', async (name, value) => {
    const { out } = await cohear('text', 'eval', '--config', 'c.ts', '--encoder', name, '--json');
    expect(JSON.parse(out).encoder.name).toBe(`c.ts[{"path":["text","encoder"],"value":${value}}]`);
  });

  test('wants a config, and teaches', async () => {
    expect((await cohear('text', 'eval')).err).toMatch(/^error \(ERR_CONFIG\).*--config/);
    expect((await cohear('text', '--help')).out).toContain('eval');
    expect((await cohear('text', 'eval', '--help')).out).toContain('Examples:');
  });
});

describe('search', () => {
  test('lists what the words find, in the space that is named', async () => {
    const args = ['search', 'green tea', '--workdir', 'w'];
    expect((await cohear(...args)).out).toMatch(/1 +b0 +book +green tea in text +1\.0000/);
    const { out } = await cohear(...args, '--space', 'towers', '--type', 'food', '-k', '2', '--json');
    expect(JSON.parse(out)).toMatchObject({
      query: 'green tea',
      space: 'towers',
      items: [{ type: 'food' }, {}],
    });
    expect((await cohear(...args, '--space', 'moon')).err).toMatch(/text, hgnn, towers/);
    expect((await cohear('search', '--workdir', 'w')).err).toMatch(/query/);
  });
});
