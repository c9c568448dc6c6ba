import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSafetensors } from '../../lib/artifacts/index.js';
import { openRecommendations } from '../../lib/pipeline/index.js';
import { generate } from '../../lib/synth/index.js';

const program = fileURLToPath(new URL('run-audio.ts', import.meta.url));
const root = fileURLToPath(new URL('../../', import.meta.url));
let base: string;
let data: string;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'cohear-whole-'));
  data = join(base, 'data');
  await generate({ folder: data, users: 250, podcasts: 120, audiobooks: 50, eventsPerUser: 25, seed: 2 });
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** Runs the pipeline; kills it with SIGKILL once a line of its progress is `killAt`. */
function run(workdir: string, { threads = 2, from = data, killAt = '' } = {}): Promise<number | null> {
  const child = spawn(process.execPath, ['--import', 'jiti/register', program, from, workdir, `${threads}`], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, errors] = ['', ''];
  child.stdout.on('data', (text) => {
    out += text;
    if (killAt !== '' && out.split('\n').includes(killAt)) child.kill('SIGKILL');
  });
  child.stderr.on('data', (text) => (errors += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0 && killAt === '') reject(new Error(errors));
      else resolve(code);
    });
  });
}

const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
/** Size and checksum of every file of every stage. */
const filesOf = (workdir: string) =>
  Object.fromEntries(
    Object.entries<{ files: unknown }>(json(join(workdir, 'manifest.json')).stages).map(
      ([name, { files }]) => [name, files],
    ),
  );
function evaluationOf(workdir: string) {
  const { seconds, peak_rss_mb, ...rest } = json(join(workdir, 'evaluation.json'));
  expect(Object.keys(seconds)).toContain('two-tower');
  expect(peak_rss_mb).toBeGreaterThan(0);
  return rest;
}
async function vectorsOf(workdir: string) {
  const { folder } = json(join(workdir, 'manifest.json')).stages['two-tower'];
  const { tensors } = await readSafetensors(join(workdir, folder, 'vectors.safetensors'));
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { data: values }]) => [
      name,
      createHash('sha256')
        .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
        .digest('hex'),
    ]),
  );
}

test('one thread and two give the same files; killed in three stages and resumed, too', async () => {
  const [one, two, cut] = ['one', 'two', 'cut'].map((name) => join(base, name));
  await run(one!, { threads: 1 });
  await run(two!, { threads: 2 });
  expect(filesOf(two!)).toEqual(filesOf(one!));
  expect(evaluationOf(two!)).toEqual(evaluationOf(one!));

  for (const killAt of ['hgnn epoch 3/4 2', '2t epoch 2/3 1', '2t-hgnn epoch 3/3 1'])
    expect(await run(cut!, { killAt }), killAt).toBe(null);
  await run(cut!);
  expect(filesOf(cut!)).toEqual(filesOf(one!));
  expect(evaluationOf(cut!)).toEqual(evaluationOf(one!));
}, 240_000);

test('evaluation.json has the systems, slices and pairs that are promised', () => {
  const { systems, paired, protocol } = evaluationOf(join(base, 'one'));
  const names = [
    'popularity',
    'popularity-7d',
    'popularity-14d',
    'popularity-90d',
    'llm-knn',
    'item-knn',
    'hgnn-knn',
    '2t',
    '2t-hgnn',
  ];
  expect(protocol.window).toBe('test');
  for (const scope of ['all', 'podcast', 'audiobook'])
    for (const name of names) {
      const row = systems.find(
        (s: Record<string, unknown>) =>
          s.name === name &&
          s.scope === scope &&
          s.users === 'all' &&
          s.items === 'all' &&
          s.candidates === 'all',
      );
      expect(row, `${name} on ${scope}`).toBeDefined();
      expect(row.n_users).toBeGreaterThan(0);
      for (const metric of ['hr@10', 'mrr', 'ndcg@10', 'recall@20']) {
        const { value, low, high } = row.metrics[metric];
        expect(low).toBeLessThanOrEqual(value);
        expect(high).toBeGreaterThanOrEqual(value);
      }
      expect(row.metrics['coverage@10'].value).toBeGreaterThan(0);
    }
  for (const b of names.slice(0, -1))
    expect(
      paired.some((p: Record<string, unknown>) => p.a === '2t-hgnn' && p.b === b && p.metric === 'hr@10'),
      b,
    ).toBe(true);
});

test('a planted leak does not show: another future gives the same vectors', async () => {
  // Every event of the judged window becomes one of another item, at the same time: nothing made may change.
  const future = join(base, 'future');
  await generate({ folder: future, users: 250, podcasts: 120, audiobooks: 50, eventsPerUser: 25, seed: 2 });
  const database = await DuckDBInstance.create();
  const connection = await database.connect();
  const events = join(future, 'events.parquet').replaceAll("'", "''");
  const cut = json(join(base, 'one', 'evaluation.json')).protocol.from;
  await connection.run(`CREATE TABLE e AS FROM '${events}'`);
  await connection.run(
    `UPDATE e SET item_id = 'p' || lpad((hash(user_id, ts) % 120)::VARCHAR, 3, '0'), item_type = 'podcast'
     WHERE ts >= '${cut.slice(0, 19)}'::TIMESTAMP`,
  );
  await connection.run(`COPY (FROM e ORDER BY ALL) TO '${events}' (FORMAT parquet)`);
  connection.closeSync();
  database.closeSync();
  const other = join(base, 'other');
  await run(other, { from: future });
  expect(await vectorsOf(other)).toEqual(await vectorsOf(join(base, 'one')));
  expect(evaluationOf(other).systems).not.toEqual(evaluationOf(join(base, 'one')).systems);
}, 120_000);

test('a finished run answers: recommendations without what was streamed, similar items of a type', async () => {
  const run = await openRecommendations(join(base, 'one'));
  const [user] = await run.sampleUsers(1);
  const had = new Set((await run.history(user!, 1000)).map(({ id }) => id));
  const listed = await run.recommend(user!, { k: 10 });
  expect(listed).toHaveLength(10);
  expect(listed.map(({ rank }) => rank)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  for (let i = 1; i < 10; i++) expect(listed[i]!.score).toBeLessThanOrEqual(listed[i - 1]!.score);
  const books = await run.recommend(user!, { k: 5, type: 'audiobook' });
  expect(new Set(books.map(({ type }) => type))).toEqual(new Set(['audiobook']));
  expect(listed.some(({ title }) => title !== null)).toBe(true);
  const similar = await run.similar(listed[0]!.id, { k: 5, type: 'podcast' });
  expect(similar.map(({ id }) => id)).not.toContain(listed[0]!.id);
  expect(similar).toHaveLength(5);
  await expect(run.recommend('nobody', { k: 5 })).rejects.toThrow(
    /no user "nobody" in this run; its 250 users/,
  );
  await expect(run.similar(listed[0]!.id, { k: 5, type: 'film' })).rejects.toThrow(/no item type "film"/);
  expect(had.size).toBeGreaterThan(0);
});
