// The systems that a run judges only when it is asked to, each made by the whole pipeline on a small platform.
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type NamedTensor, readSafetensors } from '../../lib/artifacts/index.js';
import { audioConfig } from '../../lib/cli/audio-config.js';
import { setThreads, threads } from '../../lib/native/index.js';
import { applyOverrides, parseOverride, resolveConfig } from '../../lib/pipeline/config/index.js';
import {
  type ModelCard,
  openRecommendations,
  type PipelineOptions,
  runPipeline,
} from '../../lib/pipeline/index.js';
import { generate } from '../../lib/synth/index.js';
import { codeOf } from '../code-of.js';
import { SMALL } from './small.js';

let base: string;
let data: string;
let later: string;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'cohear-systems-'));
  data = join(base, 'data');
  await generate({ folder: data, users: 150, podcasts: 80, audiobooks: 40, eventsPerUser: 20, seed: 2 });
}, 60_000);
afterAll(() => rmSync(base, { recursive: true, force: true }));

const run = (workdir: string, overrides: string[], options: Partial<PipelineOptions> = {}, folder = data) =>
  runPipeline({
    config: resolveConfig(applyOverrides(audioConfig, [...SMALL, ...overrides].map(parseOverride)), folder),
    workdir: join(base, workdir),
    ...options,
  });
const json = (...path: string[]) => JSON.parse(readFileSync(join(base, ...path), 'utf8'));
const recordOf = (workdir: string, stage: string) => json(workdir, 'manifest.json').stages[stage];
async function tensorsOf(workdir: string, stage: string, file: string) {
  return (await readSafetensors(join(base, workdir, recordOf(workdir, stage).folder, file))).tensors;
}
/** MRR of a system on a scope, all users and items. */
function figure(workdir: string, name: string, scope: string): number {
  type Row = Record<'name' | 'scope' | 'users' | 'items' | 'candidates', string> & {
    metrics: Record<string, { value: number }>;
  };
  const rows = json(workdir, 'evaluation.json').systems as Row[];
  return rows.find(
    (row) =>
      row.name === name &&
      row.scope === scope &&
      row.users === 'all' &&
      row.items === 'all' &&
      row.candidates === 'all',
  )!.metrics.mrr!.value;
}

test('2t-hgnn-per-type: a model per type, each in its own columns; the same bits when cut and on other threads', async () => {
  const systems = 'evaluation.systems=[2t-hgnn-per-type, 2t-hgnn]';
  const before = threads();
  setThreads(1);
  await run('per-type', [systems]);
  setThreads(7);
  const controller = new AbortController();
  const cut = () =>
    run('per-type-cut', [systems], {
      signal: controller.signal,
      onProgress: ({ task, done }) => {
        // the second of the two models: the first one's weights come back from its checkpoint
        if (task === '2t-hgnn of podcast epoch 2/3' && done === 1) controller.abort();
      },
    });
  expect(await codeOf(cut)).toBe('ERR_CANCELLED');
  await run('per-type-cut', [systems]);
  setThreads(before);
  const record = recordOf('per-type', 'two-tower-per-type');
  expect(recordOf('per-type-cut', 'two-tower-per-type').files).toEqual(record.files);

  const { users, items } = await tensorsOf('per-type', 'two-tower-per-type', 'vectors.safetensors');
  expect([users!.shape, items!.shape]).toEqual([
    [150, 34],
    [120, 34],
  ]);
  const block = (t: NamedTensor, row: number, b: number) =>
    Array.from(t.data.subarray(row * 34 + b * 17, row * 34 + (b + 1) * 17) as Float32Array);
  for (let item = 0; item < 120; item++) {
    const own = item < 40 ? 0 : 1; // audiobooks come first
    expect(Math.hypot(...block(items!, item, own).slice(0, 16))).toBeCloseTo(1, 4);
    expect(block(items!, item, 1 - own).every((value) => value === 0)).toBe(true);
  }
  for (const b of [0, 1]) expect(block(users!, 3, b)[16]).toBe(1);
  for (const scope of ['audiobook', 'podcast', 'all'])
    expect(figure('per-type', '2t-hgnn-per-type', scope)).toBeGreaterThan(0);
}, 240_000);

test('the model card tells data, settings, curves, results, sizes and time', () => {
  const card: ModelCard = json('per-type', 'model-card.json');
  const { stages } = json('per-type', 'manifest.json');
  expect(card.data.fingerprint).toBe(stages.events.content);
  expect(card.data.counts.users).toBe(150);
  expect(card.changed).toMatchObject({ 'hgnn.epochs': 4, 'twoTower.out': 16, 'text.encoder': 'hashing' });
  expect(card.changed).not.toHaveProperty('graph.topK');
  expect(card.settings).toMatchObject({ graph: { topK: 50 }, hgnn: { epochs: 4 } });
  expect(JSON.stringify(card)).not.toContain(base); // no paths of the machine
  expect(card.models.map(({ stage, name }) => [stage, name])).toEqual([
    ['hgnn', undefined],
    ['two-tower-per-type', 'audiobook'],
    ['two-tower-per-type', 'podcast'],
    ['two-tower', undefined],
  ]);
  for (const { curve, parameters } of card.models) {
    expect(parameters).toBeGreaterThan(0);
    expect(curve[0]!.loss).toBeGreaterThan(0);
  }
  const hr = card.metrics.find(({ name, scope }) => name === '2t-hgnn' && scope === 'podcast')!.metrics[
    'hr@10'
  ]!;
  expect(hr.low).toBeLessThanOrEqual(hr.value);
  expect(card.stages.map(({ stage }) => stage)).toEqual(Object.keys(stages));
  expect(card.stages.every(({ bytes }) => bytes > 0)).toBe(true);
  const text = readFileSync(join(base, 'per-type', 'model-card.md'), 'utf8');
  for (const part of ['| hgnn.epochs | 4 |', '### two-tower-per-type of podcast', '| 2t-hgnn |', '[0.'])
    expect(text).toContain(part);
});

test('hgnn-w-users: users and items in one space; the same bits on other threads', async () => {
  const systems = 'evaluation.systems=[hgnn-w-users]';
  const before = threads();
  setThreads(1);
  await run('users', [systems]);
  setThreads(7);
  await run('users-7', [systems]);
  setThreads(before);
  const record = recordOf('users', 'hgnn-users');
  expect(recordOf('users-7', 'hgnn-users').files).toEqual(record.files);
  const { users, items } = await tensorsOf('users', 'hgnn-users', 'vectors.safetensors');
  expect([users!.shape, items!.shape]).toEqual([
    [150, 16],
    [120, 16],
  ]);
  for (const scope of ['audiobook', 'podcast', 'all'])
    expect(figure('users', 'hgnn-w-users', scope)).toBeGreaterThan(0);
}, 240_000);

test('the options of the graph network go through the pipeline, with the same bits on other threads', async () => {
  const overrides = [
    'evaluation.systems=[hgnn-knn]',
    'hgnn.aggregator=weighted-mean',
    'hgnn.combine=concat',
    'hgnn.residual=true',
    'hgnn.layerNorm=true',
    'hgnn.walks={}',
    'hgnn.textNeighbours={"below": 3, "minCosine": 0}',
    'hgnn.linkWeights=score',
    'hgnn.featureTask=0.1',
  ];
  const before = threads();
  setThreads(1);
  await run('options', overrides);
  setThreads(7);
  await run('options-7', overrides);
  setThreads(before);
  const record = recordOf('options', 'embeddings');
  expect(recordOf('options-7', 'embeddings').files).toEqual(record.files);
  expect(figure('options', 'hgnn-knn', 'all')).toBeGreaterThan(0);
}, 240_000);

test('split.by none: learns from all events and is served; what judged another run does not stand beside it', async () => {
  const systems = 'evaluation.systems=[popularity, 2t, 2t-hgnn]';
  await run('served', [systems]);
  const judged = await openRecommendations(join(base, 'served'));
  const [user] = await judged.sampleUsers(1);
  const before = await judged.history(user!, 1000);
  await run('served', [systems, 'split.by=none']);
  expect(existsSync(join(base, 'served', 'evaluation.json'))).toBe(false);
  expect(Object.keys(json('served', 'manifest.json').stages)).toEqual([
    'events',
    'text',
    'hgnn',
    'embeddings',
    'two-tower',
  ]);
  expect(json('served', 'model-card.json')).toMatchObject({ protocol: null, metrics: [] });
  expect(readFileSync(join(base, 'served', 'model-card.md'), 'utf8')).toContain('nothing is judged');
  const serving = await openRecommendations(join(base, 'served'));
  expect((await serving.history(user!, 1000)).length).toBeGreaterThanOrEqual(before.length);
  let more = 0;
  for (const one of await serving.sampleUsers(20)) {
    const now = await serving.history(one, 1000);
    more += now.length - (await judged.history(one, 1000)).length;
    const listed = (await serving.recommend(one, { k: 120 })).map(({ id }) => id);
    expect(listed).toHaveLength(new Set(listed).size);
  }
  expect(more).toBeGreaterThan(0);
  expect((await serving.search('history', { k: 3 })).length).toBe(3);
  expect(await codeOf(() => run('served', ['evaluation.systems=[popularity]', 'split.by=none']))).toBe(
    'ERR_CONFIG',
  );
}, 240_000);

describe('updates: a later run starts from an earlier one', () => {
  const systems = 'evaluation.systems=[hgnn-knn, 2t-hgnn]';
  const from = (train: boolean) => JSON.stringify({ workdir: join(base, 'earlier'), train });
  const weightsOf = (workdir: string, stage: string) => recordOf(workdir, stage).files['weights.safetensors'];
  beforeAll(async () => {
    await run('earlier', [systems]);
    // The same platform with one item more, which nobody has touched.
    later = join(base, 'data-later');
    cpSync(data, later, { recursive: true });
    const database = await DuckDBInstance.create();
    const connection = await database.connect();
    const items = join(later, 'items.parquet').replaceAll("'", "''");
    await connection.run(`CREATE TABLE i AS FROM '${items}'`);
    await connection.run(
      "INSERT INTO i SELECT * REPLACE ('p999' AS item_id) FROM i WHERE item_type = 'podcast' LIMIT 1",
    );
    await connection.run(`COPY (FROM i ORDER BY ALL) TO '${items}' (FORMAT parquet)`);
    connection.closeSync();
    database.closeSync();
  }, 240_000);

  test('new items get their vectors from models as they are', async () => {
    await run(
      'frozen',
      [systems, 'split.by=none', `hgnn.start=${from(false)}`, `twoTower.start=${from(false)}`],
      {},
      later,
    );
    for (const stage of ['hgnn', 'two-tower'])
      expect(weightsOf('frozen', stage)).toEqual(weightsOf('earlier', stage));
    const vectors = async (workdir: string) =>
      (await tensorsOf(workdir, 'two-tower', 'vectors.safetensors')).items!;
    expect([(await vectors('earlier')).shape[0], (await vectors('frozen')).shape[0]]).toEqual([120, 121]);
    const serving = await openRecommendations(join(base, 'frozen'));
    const near = await serving.similar('p999', { k: 5 });
    expect(near).toHaveLength(5);
    expect(near[0]!.score).toBeGreaterThan(0);
  }, 120_000);

  test('the two-tower alone is trained again over an older graph network', async () => {
    await run('stale', [systems, `hgnn.start=${from(false)}`, 'twoTower.epochs=2']);
    expect(weightsOf('stale', 'hgnn')).toEqual(weightsOf('earlier', 'hgnn'));
    expect(weightsOf('stale', 'two-tower')).not.toEqual(weightsOf('earlier', 'two-tower'));
    await run('aged', [systems, 'hgnn.ageDays=20']);
    expect(weightsOf('aged', 'hgnn')).not.toEqual(weightsOf('earlier', 'hgnn'));
    expect(figure('aged', '2t-hgnn', 'all')).toBeGreaterThan(0);
  }, 120_000);

  test('warm: both train on from where the earlier run ended', async () => {
    await run('warm', [
      systems,
      `hgnn.start=${from(true)}`,
      `twoTower.start=${from(true)}`,
      'hgnn.epochs=1',
      'twoTower.epochs=1',
    ]);
    const first = (workdir: string, stage: string): number =>
      json(workdir, recordOf(workdir, stage).folder, 'model.json').curve[0].loss;
    for (const stage of ['hgnn', 'two-tower'])
      expect(first('warm', stage)).toBeLessThan(first('earlier', stage));
  }, 120_000);

  test('embeddings are rotated towards the earlier ones, queries with them', async () => {
    const align = `hgnn.align=${join(base, 'earlier')}`;
    await run('aligned', [systems, align, 'seed=2']);
    const { counts } = recordOf('aligned', 'embeddings');
    expect(counts['items in both']).toBe(120);
    expect(counts['cosine aligned']).toBeGreaterThan(counts['cosine before']);
    const [a, b] = [
      (await tensorsOf('earlier', 'embeddings', 'embeddings-serving.safetensors')).embeddings!,
      (await tensorsOf('aligned', 'embeddings', 'embeddings-serving.safetensors')).embeddings!,
    ];
    let cosine = 0;
    a.data.forEach((x, i) => {
      cosine += (Number(x) * Number(b.data[i])) / 120;
    });
    expect(cosine).toBeCloseTo(counts['cosine aligned'], 3);
    // An item without edges, asked for by its own words, finds itself in the rotated space.
    const serving = await openRecommendations(join(base, 'aligned'));
    expect(await serving.search('history', { k: 3, space: 'hgnn' })).toHaveLength(3);
  }, 120_000);

  test('what does not fit is refused', async () => {
    const nowhere = `hgnn.start={"workdir": "${join(base, 'nowhere')}"}`;
    expect(await codeOf(() => run('refused', [systems, nowhere]))).toBe('ERR_CONFIG');
    const narrow = [systems, `hgnn.start=${from(true)}`, 'hgnn.out=8'];
    expect(await codeOf(() => run('refused', narrow))).toBe('ERR_SHAPE');
    const never = `twoTower.start={"workdir": "${join(base, 'earlier')}"}`;
    expect(await codeOf(() => run('refused', ['evaluation.systems=[2t]', never]))).toBe('ERR_CONFIG'); // had no 2t
    expect(await codeOf(() => run('refused', ['evaluation.systems=[2t-hgnn-per-type]', never]))).toBe(
      'ERR_CONFIG',
    );
  }, 120_000);
});
