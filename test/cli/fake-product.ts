// Stands in for the real stages: the fake ones of test/pipeline, and lists that anyone can foresee.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeJson } from '../../lib/artifacts/index.js';
import type { Product } from '../../lib/cli/product.js';
import { CohearError } from '../../lib/errors/index.js';
import { METRICS, type SystemResult } from '../../lib/evaluation/index.js';
import { graphFromEdges, graphStats } from '../../lib/graph/index.js';
import { threads } from '../../lib/native/index.js';
import { type ListedItem, runStages, storedConfig } from '../../lib/pipeline/index.js';
import { synthSchema } from '../../lib/synth/index.js';
import { writeStaticTable } from '../../lib/text/index.js';
import { fakeConfig, fakeStages, report } from '../pipeline/fake.js';

const list = (k: number, type = 'book'): ListedItem[] =>
  Array.from({ length: Math.min(k, 3) }, (_, i) => ({
    rank: i + 1,
    id: `b${i}`,
    type,
    title: i === 2 ? null : `Title ${i}`,
    score: 1 / (i + 1),
  }));

export const fakeProduct: Product = {
  async run({ config, workdir, ...options }) {
    const run = await runStages({
      ...options,
      workdir,
      stages: fakeStages,
      seed: config.seed,
      config: { ...fakeConfig, squares: { power: config.graph.minCount } },
      onStart: () => writeJson(join(workdir, 'config.json'), { cohear: '0', config }),
    });
    await writeJson(join(workdir, 'evaluation.json'), { ...(await run.output(report)), threads: threads() });
    return run;
  },
  storedConfig,
  async open(workdir) {
    if (workdir.includes('broken')) throw new TypeError('a bug');
    return {
      async recommend(user, { k, type }) {
        if (user !== 'u1') throw new CohearError('ERR_CONFIG', `the run knows no user "${user}"`);
        return list(k, type);
      },
      similar: async (_, { k, type }) => list(k, type),
      search: async (query, { k, type, space }) =>
        list(k, type).map((item) => ({ ...item, title: `${query} in ${space}` })),
      history: async (_, k) => list(k),
      sampleUsers: async (count) => ['u1', 'u1', 'u1', 'u1'].slice(0, count),
    };
  },
  async graphStats(from) {
    using graph = graphFromEdges(
      { sources: Uint32Array.of(0, 1), destinations: Uint32Array.of(1, 0) },
      { typeOffsets: Uint32Array.of(0, 1, 3) },
    );
    const name = 'file' in from ? from.file : 'whole';
    return { ...('file' in from ? {} : { types: ['book', 'film'] }), graphs: { [name]: graphStats(graph) } };
  },
  async evaluateText(file, overrides) {
    return {
      encoder: { name: file + JSON.stringify(overrides), dimension: 3, fingerprint: 'f' },
      seconds: 0,
      neighbours: { items: 9, asked: 8, k: 10, hitRate: 0.25, anyHit: 0.5, chance: 0.01 },
      llmKnn: (['all', 'warm', 'cold'] as const).map((items) => ({
        name: 'llm-knn',
        scope: 'all',
        users: 'all',
        items,
        candidates: items === 'cold' ? 'cold' : 'all',
        n_users: 7,
        metrics: Object.fromEntries(
          [...METRICS, 'coverage@10'].map((metric) => [metric, { value: 0.125, low: 0, high: 1 }]),
        ) as unknown as SystemResult['metrics'],
      })),
    };
  },
  leakcheck: async (workdir) => {
    const leaks = workdir.includes('leaky') ? 1 : 0;
    const examples = leaks ? ['an edge of tomorrow'] : [];
    const check = { name: 'edges', unit: 'edges', checked: 9, leaks, examples, notes: [] };
    return { cohear: '0', run: 'r', cut: '2020-01-01T00:00:00Z', leaks, checks: [check], unchecked: null };
  },
  async variantsOf() {
    return [{ name: 'small', set: [{ path: ['hgnn', 'out'], value: 8 }], system: '2t' }];
  },
  async ablate({ config, seeds = [config.seed], why = null, variants = [], onStudy }) {
    onStudy?.({ type: 'done', index: 0, count: 1, names: ['base'], seed: seeds[0]! });
    return {
      kind: 'ablation',
      cohear: '0',
      window: config.evaluation.window,
      why,
      system: '2t-hgnn',
      seeds,
      types: [],
      protocol: {},
      data: {},
      config,
      variants: variants.map(({ name }) => ({ name, system: '2t', set: {}, stages: {}, runs: [] })),
      results: [],
      similar: [],
    };
  },
  async tune({ config, space, onPlan, trials = 1, resource, metric, scope, system }) {
    const plan = { trials, rungs: [{ trials, resource: 10 }], budget: 20, resource, full: 10 };
    onPlan?.(plan);
    const rungs = [{ resource: 10, value: 0.5, low: 0.25, high: 0.75, seconds: 1, run: 'study/x' }];
    const best = { trial: 1, set: { 'hgnn.out': 8 }, rungs };
    return {
      kind: 'tuning',
      cohear: '0',
      window: 'validation',
      objective: { metric, scope, system },
      strategy: 'random',
      space,
      seed: config.seed,
      plan,
      spent: { all: 20, now: 10 },
      trials: [{ trial: 0, set: {}, rungs }, best],
      best,
      difference: { value: 0.125, low: 0, high: 0.25 },
      config: { ...config, hgnn: { ...config.hgnn, out: 8 } },
    };
  },
  async distill({ out, dimension = 64 }) {
    const table = {
      vocabulary: 'a\nb\n[UNK]',
      dimension,
      rows: new Int8Array(3 * dimension),
      scales: new Float32Array(3),
      about: { 'model sha256': 'abc' },
    };
    await writeStaticTable(out, table);
    return table;
  },
  synthParameters: async (sizes) => synthSchema.parse(sizes),
  async synth({ folder, onProgress, signal: _, ...sizes }) {
    const report = {
      folder,
      files: { events: 'events.parquet', items: 'items.parquet', users: 'users.parquet' },
      parameters: synthSchema.parse(sizes),
      statistics: {} as never,
    };
    onProgress?.({ task: 'synth', done: 1, total: 1, unit: 'users' });
    await mkdir(folder, { recursive: true });
    await writeJson(join(folder, 'synth.json'), report);
    return report;
  },
};
