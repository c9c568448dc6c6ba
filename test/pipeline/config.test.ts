import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  applyOverrides,
  configFields,
  type FieldSchema,
  loadConfig,
  nearest,
  parseOverride,
  parseValue,
  resolveConfig,
} from '../../lib/pipeline/config/index.js';

const events = { file: 'events.parquet', columns: { user: 'u', item: 'i', time: 't' } };
const minimal = { events };
/** The error text of a config that is refused. */
const refused = (config: unknown): string => {
  try {
    resolveConfig(config, '/data');
  } catch (error) {
    expect(error).toMatchObject({ name: 'CohearError', code: 'ERR_CONFIG' });
    return (error as Error).message;
  }
  throw new Error('the config was accepted');
};

describe('defaults and paths', () => {
  test('a minimal config is whole', () => {
    const config = resolveConfig(minimal, '/data');
    expect(config).toMatchObject({
      seed: 1,
      folder: '/data',
      split: { validation: 0.8, test: 0.9 },
      graph: { maxHistory: 200, score: 'damped', damping: 20, topK: 50 },
      hgnn: { hidden: 256, out: 128, fanouts: [15, 10], learningRate: 1e-3, balanced: true },
      twoTower: { windows: [7, 14, 30, 90, 180, 365], windowDays: null },
      evaluation: { window: 'test', bootstrap: 1000 },
    });
    expect(config.evaluation.systems).toContain('2t-hgnn');
    expect(config.evaluation.systems).toHaveLength(9);
  });

  test('relative files are found from the folder, absolute ones and addresses stay', () => {
    const table = (file: string) => ({ file, columns: { item: 'i' } });
    expect(resolveConfig(minimal, '/data').events.file).toBe('/data/events.parquet');
    expect(resolveConfig({ ...minimal, folder: 'sub' }, '/data').events.file).toBe(
      '/data/sub/events.parquet',
    );
    expect(resolveConfig({ ...minimal, items: table('/x/i.csv') }, '/data').items!.file).toBe('/x/i.csv');
    expect(resolveConfig({ ...minimal, items: table('s3://b/i.csv') }, '/data').items!.file).toBe(
      's3://b/i.csv',
    );
    const encoder = { onnx: 'models/a' };
    expect(resolveConfig({ ...minimal, text: { encoder } }, '/data').text.encoder).toMatchObject({
      onnx: '/data/models/a',
    });
  });
});

describe('a refused config names every problem', () => {
  test.each([
    [
      'an unknown field',
      { ...minimal, graph: { topk: 5 } },
      'graph.topk: unknown field; did you mean "topK"?',
    ],
    ['an unknown section', { ...minimal, twotower: {} }, 'twotower: unknown field; did you mean "twoTower"?'],
    [
      'a field unlike any',
      { ...minimal, knn: { zzzzzz: 1 } },
      'knn.zzzzzz: unknown field; want one of halfLifeDays, neighbours, shrinkage',
    ],
    [
      'another type',
      { ...minimal, graph: { topK: 'many' } },
      'graph.topK: want a whole number >= 1 or null, got "many"',
    ],
    ['a fraction', { ...minimal, hgnn: { hidden: 1.5 } }, 'hgnn.hidden: want a whole number >= 1, got 1.5'],
    [
      'a number out of range',
      { ...minimal, hgnn: { validation: 1 } },
      'hgnn.validation: want a number >= 0 and < 1, got 1',
    ],
    ['NaN', { ...minimal, hgnn: { margin: Number.NaN } }, 'hgnn.margin: want a number >= 0, got NaN'],
    [
      'a word outside its list',
      { ...minimal, evaluation: { window: 'train' } },
      'evaluation.window: want one of "test", "validation", got "train"',
    ],
    [
      'an element',
      { ...minimal, hgnn: { fanouts: [15, 0] } },
      'hgnn.fanouts.1: want a whole number >= 1, got 0',
    ],
    [
      'a date',
      { ...minimal, split: { test: 'soon' } },
      'split.test: want a number > 0 and < 1 or an ISO date such as "2014-01-25", got "soon"',
    ],
    [
      'no form of several',
      { ...minimal, text: { encoder: 7 } },
      'text.encoder: want one of "built-in", "hashing" or an object { hashing',
    ],
    [
      'inside a form of several',
      { ...minimal, text: { encoder: { onx: 'm' } } },
      'text.encoder.onx: unknown field; did you mean "onnx"?',
    ],
    ['a missing section', {}, 'events: is missing; want an object { file?, sql?, test?, columns, kinds? }'],
    [
      'a missing field',
      { events: { ...events, columns: { user: 'u', item: 'i' } } },
      'events.columns.time: is missing; want text',
    ],
    [
      'two origins',
      { events: { ...events, sql: 'SELECT 1' } },
      'events: give exactly one of "file" and "sql"',
    ],
    [
      'a value of a map',
      { events: { ...events, columns: { ...events.columns, kind: 'k' }, kinds: { play: 'strng' } } },
      'events.kinds.play: want one of "strong", "weak", got "strng"',
    ],
    ['no object', [], 'want an object as the default export'],
    ['a function', () => minimal, 'want an object as the default export, got a function'],
  ])('%s', (_, config, text) => {
    expect(refused(config)).toContain(text);
  });

  test('a temperature cannot be learned of a loss that has none', () => {
    expect(refused({ ...minimal, twoTower: { loss: 'literal', learnTemperature: true } })).toContain(
      'twoTower.learnTemperature: want false with twoTower.loss "literal"',
    );
  });

  test('all at once', () => {
    const text = refused({ ...minimal, graph: { topk: 5, score: 'x' }, hgnn: { out: '1' } });
    expect(text).toContain('it has 3 problems');
    expect(text.split('\n')).toHaveLength(4);
  });

  test('nearest finds what was meant, and nothing where nothing is near', () => {
    expect(nearest('learning-rate', ['hidden', 'learningRate'])).toBe('learningRate');
    expect(nearest('epoch', ['epochs', 'batch'])).toBe('epochs');
    expect(nearest('temperature', ['epochs', 'batch'])).toBe(undefined);
  });
});

describe('--set', () => {
  test.each<[string, unknown]>([
    ['3', 3],
    ['1e-3', 0.001],
    ['true', true],
    ['null', null],
    ['', ''],
    ['validation', 'validation'],
    ['2014-01-25', '2014-01-25'],
    ['"7"', '7'],
    ['[15, 10]', [15, 10]],
    ['[popularity,2t]', ['popularity', '2t']],
    ['[]', []],
    ['{"onnx": "m"}', { onnx: 'm' }],
    ['a=b', 'a=b'],
    ['[a, [b]]', '[a, [b]]'],
  ])('%s', (text, value) => {
    expect(parseValue(text)).toEqual(value);
  });

  test('paths', () => {
    expect(parseOverride('graph.topK=20')).toEqual({ path: ['graph', 'topK'], value: 20 });
    expect(parseOverride('events.sql=SELECT a = b').value).toBe('SELECT a = b');
    for (const bad of ['graph.topK', '=3', 'a..b=1', '.a=1', '__proto__.x=1', 'a.constructor=1'])
      expect(() => parseOverride(bad), bad).toThrow(expect.objectContaining({ code: 'ERR_CONFIG' }));
  });

  test('are put into a copy, in order, making sections and replacing plain values', () => {
    const config = { text: { encoder: 'hashing' }, graph: { topK: 5, damping: 1 } };
    const set = ['graph.topK=9', 'graph.topK=7', 'text.encoder.onnx=m', 'knn.shrinkage=0'].map(parseOverride);
    expect(applyOverrides(config, set)).toEqual({
      text: { encoder: { onnx: 'm' } },
      graph: { topK: 7, damping: 1 },
      knn: { shrinkage: 0 },
    });
    expect(config.graph.topK).toBe(5);
    expect(() => applyOverrides({ events: () => 1 }, [])).toThrow(/plain data only/);
  });
});

describe('config files', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cohear-config-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
    return path;
  };
  const typed = `import { defineConfig, type ConfigInput } from 'cohear';
    const file: string = process.env.COHEAR_TEST_FILE ?? 'events.parquet';
    const events: ConfigInput['events'] = { file, columns: { user: 'u', item: 'i', time: 't' } };
    export default defineConfig({ events });`;

  test.each([
    ['a.config.ts', typed],
    ['a.mts', typed],
    [
      'a.mjs',
      `import { defineConfig } from 'cohear'; export default defineConfig(${JSON.stringify(minimal)});`,
    ],
    ['a.js', `export default await Promise.resolve(${JSON.stringify(minimal)});`],
    ['a.json', JSON.stringify(minimal)],
  ])('%s, anywhere', async (name, text) => {
    const config = await loadConfig(write(`deep/${name}`, text));
    expect(config.events.file).toBe(join(folder, 'deep', 'events.parquet'));
  });

  test('a changed file is read anew', async () => {
    const path = write('a.ts', typed);
    expect((await loadConfig(path)).seed).toBe(1);
    write('a.ts', typed.replace('{ events }', '{ events, seed: 5 }'));
    expect((await loadConfig(path)).seed).toBe(5);
  });

  test('overrides are put in before the check', async () => {
    const path = write('a.json', JSON.stringify(minimal));
    expect((await loadConfig(path, [parseOverride('graph.topK=9')])).graph.topK).toBe(9);
    await expect(loadConfig(path, [parseOverride('graph.topk=9')])).rejects.toThrow(
      /a\.json: .*\n {2}graph\.topk: unknown/,
    );
  });

  test.each([
    ['none.ts', undefined, /there is no config file .*none\.ts/],
    ['a.yaml', 'seed: 1', /want a config file that ends in \.ts/],
    ['a.ts', 'export default {', /a\.ts cannot be loaded/],
    ['a.ts', 'throw new Error("no data folder"); export default {};', /cannot be loaded: no data folder/],
    ['a.ts', 'export const config = {};', /want an object as the default export, got nothing/],
    ['a.json', '{"seed":', /a\.json cannot be loaded/],
  ])('%s that cannot be used', async (name, text, message) => {
    const path = text === undefined ? join(folder, name) : write(name, text);
    await expect(loadConfig(path)).rejects.toMatchObject({ code: 'ERR_CONFIG', message });
  });
});

test('every field is described', () => {
  const missing: string[] = [];
  const walk = (field: FieldSchema, path: string) => {
    for (const [name, inner] of Object.entries(field.properties ?? {})) {
      if (!inner.description) missing.push(`${path}${name}`);
      walk(inner, `${path}${name}.`);
    }
  };
  walk(configFields(), '');
  expect(missing).toEqual([]);
});
