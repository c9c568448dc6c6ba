import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { matrix, type NamedTensor, readSafetensors, writeSafetensors } from '../../lib/artifacts/index.js';
import { audioConfig } from '../../lib/cli/audio-config.js';
import { DEFAULT_SYSTEMS } from '../../lib/evaluation/index.js';
import { type Dataset, histories, loadDataset } from '../../lib/events/index.js';
import {
  applyOverrides,
  type Config,
  parseOverride,
  resolveConfig,
} from '../../lib/pipeline/config/index.js';
import { EVIDENCE, graphEvidence, userInputs } from '../../lib/pipeline/evidence.js';
import { formatLeakcheck, type LeakCheck, leakcheck, runPipeline } from '../../lib/pipeline/index.js';
import { graphAt } from '../../lib/pipeline/stages/graph.js';
import { textStage } from '../../lib/pipeline/stages/text.js';
import { towerWorld } from '../../lib/pipeline/stages/towers.js';
import { generate } from '../../lib/synth/index.js';
import { itemStatistics, itemTimes, tableFeatures } from '../../lib/two-tower/index.js';
import { SMALL } from './small.js';

const WEEK = 7 * 86_400;
let base: string;
let config: Config;
let sound: string;
let dataset: Dataset;
let cut: number;
const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const folderOf = (workdir: string, stage: string) =>
  join(workdir, json(join(workdir, 'manifest.json')).stages[stage].folder);

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'cohear-leak-'));
  const data = join(base, 'data');
  await generate({ folder: data, users: 250, podcasts: 120, audiobooks: 50, eventsPerUser: 25, seed: 2 });
  const small = [...SMALL, 'hgnn.epochs=1', 'twoTower.epochs=1'];
  const systems = [
    ...(audioConfig.evaluation?.systems ?? DEFAULT_SYSTEMS),
    'hgnn-w-users',
    '2t-hgnn-per-type',
  ];
  config = resolveConfig(
    applyOverrides(
      audioConfig,
      [...small, `evaluation.systems=${JSON.stringify(systems)}`].map(parseOverride),
    ),
    data,
  );
  sound = join(base, 'sound');
  await runPipeline({ config, workdir: sound });
  dataset = await loadDataset(folderOf(sound, 'events'));
  cut = Date.parse(json(join(folderOf(sound, 'evaluation'), 'judgement.json')).protocol.from) / 1000;
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** A copy of the run in which something is planted. */
async function planted(plant: (workdir: string) => Promise<unknown>): Promise<LeakCheck> {
  const workdir = mkdtempSync(join(base, 'planted-'));
  cpSync(sound, workdir, { recursive: true });
  await plant(workdir);
  return leakcheck(workdir, { again: true });
}
/** Rewrites arrays of a safetensors file. */
async function rewrite(path: string, change: (tensors: Record<string, NamedTensor>) => unknown) {
  const { tensors, metadata } = await readSafetensors(path);
  const copy = Object.fromEntries(
    Object.entries(tensors).map(([name, { data, shape }]) => [name, { data: data.slice(), shape }]),
  );
  await change(copy);
  await writeSafetensors(path, copy, metadata);
}
const named = ({ checks }: LeakCheck) => checks.filter(({ leaks }) => leaks > 0).map(({ name }) => name);
const wordsOf = ({ checks }: LeakCheck, of: string) =>
  checks.find(({ name }) => name === of)!.examples.join('\n');

test('a sound run has none, everything was looked at, and the run has checked itself', async () => {
  const kept = json(join(sound, 'leakcheck.json')) as LeakCheck;
  expect(kept.leaks).toBe(0);
  expect(await leakcheck(sound)).toEqual(kept); // not checked again
  const again = await leakcheck(sound, { again: true });
  expect(again).toEqual(kept);
  for (const { name, checked } of again.checks) expect(checked, name).toBeGreaterThan(0);
  expect(formatLeakcheck(again)).toMatch(/^nothing from 20\d\d-.* was found[\s\S]*\nedges +ok/);
});

test('edges: a serving graph with a week of the future', async () => {
  const found = await planted(async (workdir) => {
    const late = await graphAt(cut + WEEK, dataset, config.graph, {});
    for (const name of ['full', 'pruned'] as const)
      await late[name].save(join(folderOf(workdir, 'graph'), `${name}.safetensors`));
    late.close();
  });
  expect(named(found)).toEqual(['edges', 'negatives']); // a week is enough for both
  expect(wordsOf(found, 'edges')).toMatch(
    /graph: an edge from "[pa]\d+" was last made at 20\S+Z, not before the cut at 20\S+Z/,
  );
});

test('negatives: rejected by a graph of all that ever came', async () => {
  const found = await planted(async (workdir) => {
    const all = await graphAt(Number.MAX_SAFE_INTEGER, dataset, { ...config.graph, maxHistory: null }, {});
    await all.full.save(join(folderOf(workdir, 'graph'), 'full.safetensors'));
    all.close();
  });
  expect(named(found)).toEqual(['edges', 'negatives']);
  expect(wordsOf(found, 'negatives')).toMatch(
    /of 9600 negatives 0 become neighbours .* where \d+ are expected/,
  );
});

test.each(['hgnn', 'embeddings'])('edges: the graph that the stage %s read', async (stage) => {
  const found = await planted(async (workdir) => {
    const late = await graphAt(cut + WEEK, dataset, config.graph, {});
    await rewrite(join(folderOf(workdir, stage), EVIDENCE), (tensors) =>
      graphEvidence(tensors, 0, (tensors['0.cut']!.data as Float64Array)[0]!, late),
    );
    late.close();
  });
  expect(named(found)).toEqual(['edges']);
  expect(wordsOf(found, 'edges')).toMatch(
    new RegExp(
      `${stage}, moment 0: item "\\w+" has \\d+ users in the graph of .*; the events before it have \\d+`,
    ),
  );
});

test('edges: a user who is a node, joined to what they took later', async () => {
  const { user, item, time, length } = dataset.log;
  const found = await planted((workdir) =>
    rewrite(join(folderOf(workdir, 'hgnn-users'), EVIDENCE), (tensors) => {
      const users = new Set(tensors.users!.data as Uint32Array);
      const had = new Set<string>();
      for (let e = 0; e < length; e++) if (time[e]! < cut) had.add(`${user[e]} ${item[e]}`);
      const later = Array.from({ length }, (_, e) => e).find(
        (e) => users.has(user[e]!) && time[e]! >= cut && !had.has(`${user[e]} ${item[e]}`),
      )!;
      tensors.takers!.data[0] = user[later]!;
      tensors.taken!.data[0] = item[later]!;
    }),
  );
  expect(named(found)).toEqual(['edges']);
  expect(wordsOf(found, 'edges')).toMatch(
    /hgnn-users: user "u\w+" is joined to item "\w+"; no event before 20/,
  );
});

test('statistics: counted a week too long', async () => {
  const found = await planted((workdir) =>
    rewrite(join(folderOf(workdir, 'two-tower'), EVIDENCE), (tensors) => {
      const items = tensors.items!.data as Uint32Array;
      const { log, catalogue } = dataset;
      const sources = [true, false].map((strong) => itemTimes(log, catalogue.size, strong));
      const late = itemStatistics(
        sources,
        (tensors['1.cut']!.data as Float64Array)[0]! + WEEK,
        config.twoTower.windows,
      );
      const data = matrix(items.length, late.cols);
      items.forEach((item, i) => {
        data.data.set(late.data.subarray(item * late.cols, (item + 1) * late.cols), i * late.cols);
      });
      tensors['1.statistics'] = { data: data.data, shape: [data.rows, data.cols] };
    }),
  );
  expect(named(found)).toEqual(['statistics']);
  expect(wordsOf(found, 'statistics')).toMatch(
    /two-tower, moment 1: statistic \d+ of item "\w+" is [\d.]+; by the events before 20\S+ it is [\d.]+/,
  );
});

test('histories: inputs of users who had the future in their past', async () => {
  const found = await planted((workdir) =>
    rewrite(join(folderOf(workdir, 'two-tower-text'), EVIDENCE), async (tensors) => {
      const { users } = dataset;
      const features = {
        text: await textStage.load({ folder: folderOf(workdir, 'text') } as never),
        itemFeatures: matrix(dataset.catalogue.size, 0),
        userFeatures: tableFeatures(users.size, users.categories, users.numbers),
      };
      const moment = (tensors['0.cut']!.data as Float64Array)[0]!;
      const world = towerWorld(dataset, features, histories(dataset.log, users.size), config);
      // What the snapshot would see if it were cut an instant after its examples were taken.
      const late = userInputs(
        world,
        { cut: moment + WEEK, embeddings: null },
        tensors.users!.data as Uint32Array,
      );
      tensors['0.inputs'] = { data: late.data, shape: [late.rows, late.cols] };
    }),
  );
  expect(named(found)).toEqual(['histories']);
  expect(wordsOf(found, 'histories')).toMatch(/two-tower-text, moment 0: input \d+ of user "u\w+" is/);
});

test('histories: events of the future with the time of the past in the log itself', async () => {
  const found = await planted(async (workdir) => {
    const evidence = await readSafetensors(join(folderOf(workdir, 'two-tower'), EVIDENCE));
    const users = new Set(evidence.tensors.users!.data as Uint32Array);
    await rewrite(join(folderOf(workdir, 'events'), 'log.safetensors'), (tensors) => {
      const time = tensors.time!.data as Float64Array;
      const first = time.reduce((a, b) => Math.min(a, b));
      dataset.log.user.forEach((user, e) => {
        if (users.has(user) && time[e]! >= cut) time[e] = first;
      });
    });
  });
  // A quantile of the times moves with them, so the cut is named, too.
  expect(named(found)).toEqual(expect.arrayContaining(['cut', 'histories']));
  expect(wordsOf(found, 'histories')).toMatch(
    /events: user "u\w+" has item "\w+" at 20\S+; the table has no such event/,
  );
});

test('examples: one of the judged window, one that its user had met', async () => {
  const { user, item, time, length } = dataset.log;
  const pairs = Array.from({ length }, (_, e) => `${user[e]} ${item[e]}`);
  const future = pairs.findIndex((pair, e) => time[e]! >= cut && pairs.indexOf(pair) === e);
  const found = await planted((workdir) =>
    rewrite(join(folderOf(workdir, 'two-tower'), EVIDENCE), (tensors) => {
      const past = Array.from({ length }, (_, e) => e).find(
        (e) => time[e]! < (tensors['0.cut']!.data as Float64Array)[0]!,
      )!;
      for (const [k, e] of [past, future].entries()) {
        tensors['0.exampleUsers']!.data[k] = user[e]!;
        tensors['0.exampleItems']!.data[k] = item[e]!;
      }
    }),
  );
  expect(named(found)).toEqual(['examples']);
  expect(found.leaks).toBe(2);
  expect(wordsOf(found, 'examples')).toMatch(/is in the history of its user before 20/);
  expect(wordsOf(found, 'examples')).toMatch(/was not taken between 20\S+ and the cut/);
});

test('popularity, judged pairs and the cut', async () => {
  const { user, item, time, length } = dataset.log;
  const ranks = (workdir: string) => join(folderOf(workdir, 'evaluation'), 'ranks.safetensors');
  const popular = await planted((workdir) =>
    rewrite(ranks(workdir), (tensors) => {
      tensors['popularity-7d/0']!.data[0] = 1; // as if it were the favourite of a week that is still to come
    }),
  );
  expect(named(popular)).toEqual(['popularity']);
  expect(wordsOf(popular, 'popularity')).toMatch(
    /popularity-7d ranks "\w+" 1 for "u\w+"; by the events before .* it is/,
  );

  const known = Array.from({ length }, (_, e) => e).find((e) => time[e]! < cut)!;
  const judged = await planted((workdir) =>
    rewrite(ranks(workdir), (tensors) => {
      tensors.user!.data[0] = user[known]!;
      tensors.item!.data[0] = item[known]!;
    }),
  );
  expect(named(judged)).toContain('judged');
  expect(wordsOf(judged, 'judged')).toMatch(/is judged, and known before the cut at 20/);

  const moved = await planted(async (workdir) => {
    const path = join(folderOf(workdir, 'evaluation'), 'judgement.json');
    const judgement = json(path);
    judgement.protocol.from = new Date((cut + WEEK) * 1000).toISOString();
    writeFileSync(path, JSON.stringify(judgement));
  });
  expect(named(moved)).toEqual(['cut']);
});

test('vocabulary: without an item table, items that only the future names', async () => {
  const { items: _, ...rest } = audioConfig;
  const [user, item, type] = ['u1', 'telltale', 'podcast'];
  const events = {
    ...rest.events,
    file: undefined,
    sql: `SELECT * FROM '${config.events.file}' UNION ALL BY NAME
          SELECT '${user}' AS user_id, '${item}' AS item_id, '${type}' AS item_type, 'stream' AS kind,
                 (SELECT max(ts) FROM '${config.events.file}') AS ts`,
  };
  const bare = resolveConfig(
    applyOverrides({ ...rest, events }, [...SMALL, 'evaluation.systems=[popularity]'].map(parseOverride)),
    join(base, 'data'),
  );
  const workdir = join(base, 'bare');
  await runPipeline({ config: bare, workdir });
  const { checks, leaks } = json(join(workdir, 'leakcheck.json')) as LeakCheck;
  expect(leaks).toBe(0); // all systems have them among the candidates, so it is told, not refused
  const { notes } = checks.find(({ name }) => name === 'vocabulary')!;
  expect(notes.join()).toMatch(/items are known only by events from the cut on, such as "\w+"/);
});

test('a run with a leak fails, with the names of what was found', async () => {
  const workdir = join(base, 'failing');
  cpSync(sound, workdir, { recursive: true });
  await rewrite(join(folderOf(workdir, 'two-tower'), EVIDENCE), (tensors) => {
    (tensors['0.statistics']!.data as Float32Array)[0]! += 1;
  });
  rmSync(join(workdir, 'leakcheck.json'));
  await expect(runPipeline({ config, workdir })).rejects.toThrow(
    /1 leaks of what came[\s\S]*statistics +LEAK 1 in/,
  );
  await expect(runPipeline({ config, workdir, leakcheck: false })).resolves.toBeDefined();
});

test('a simulated new type: what it takes away must not come back', async () => {
  const workdir = join(base, 'new-type');
  const cold = resolveConfig(
    applyOverrides(
      config,
      ['split.coldType={"type":"audiobook","users":0.8}', 'evaluation.systems=[2t,popularity-7d]'].map(
        parseOverride,
      ),
    ),
    config.folder,
  );
  await runPipeline({ config: cold, workdir });
  expect(json(join(workdir, 'leakcheck.json'))).toMatchObject({ leaks: 0, unchecked: null });
  // The same run, said to be of another draw of cold users: it knows what those had.
  const stored = json(join(workdir, 'config.json'));
  stored.config.split.seed += 1;
  writeFileSync(join(workdir, 'config.json'), JSON.stringify(stored));
  const found = await leakcheck(workdir, { again: true });
  expect(named(found)).toEqual(expect.arrayContaining(['histories', 'statistics']));
});

test('protocols without one moment are said to be unchecked', async () => {
  const workdir = join(base, 'last');
  const last = resolveConfig(
    applyOverrides(config, ['split.by=last', 'evaluation.systems=[popularity]'].map(parseOverride)),
    config.folder,
  );
  await runPipeline({ config: last, workdir });
  const result = await leakcheck(workdir);
  expect(result.unchecked).toMatch(/split\.by: "last" has no one moment/);
  expect(formatLeakcheck(result)).toMatch(/^not checked: /);
});
