import { join } from 'node:path';
import { type Matrix, type Rows, readJson, writeJson } from '../../artifacts/index.js';
import {
  als,
  bpr,
  type Evaluation,
  ease,
  evaluate,
  gfCf,
  itemKnn,
  meanVectors,
  popularity,
  type Recommender,
  type SystemName,
  vectorRecommender,
} from '../../evaluation/index.js';
import { type Dataset, histories } from '../../events/index.js';
import { prune } from '../../graph/index.js';
import type { LongWork } from '../../progress/index.js';
import type { Config } from '../config/index.js';
import { writeRanks } from '../ranks.js';
import { rerankedSystem, servedName } from '../rerank.js';
import { defineStage, type Inputs, type Stage } from '../stage.js';
import { type Timeline, timeline, timelineConfig } from '../timeline.js';
import { type Tradeoff, tradeoff } from '../tradeoff.js';
import { embeddingsStage } from './embeddings.js';
import { eventsStage } from './events.js';
import { graphStage } from './graph.js';
import { hgnnUsersStage } from './hgnn-users.js';
import { textStage } from './text.js';
import { twoTowerStage, twoTowerTextStage } from './two-tower.js';
import { twoTowerPerTypeStage } from './two-tower-per-type.js';

const ALL = {
  events: eventsStage,
  text: textStage,
  graph: graphStage,
  embeddings: embeddingsStage,
  hgnnUsers: hgnnUsersStage,
  twoTowerText: twoTowerTextStage,
  twoTowerPerType: twoTowerPerTypeStage,
  twoTower: twoTowerStage,
};
type AllInputs = Inputs<typeof ALL>;

/** Which stages each system is made from. */
const NEEDS: Record<SystemName, readonly (keyof typeof ALL)[]> = {
  popularity: [],
  'popularity-7d': [],
  'popularity-14d': [],
  'popularity-90d': [],
  'llm-knn': ['text'],
  'item-knn': ['graph'],
  ease: [],
  'gf-cf': [],
  als: [],
  bpr: [],
  'hgnn-knn': ['embeddings'],
  'hgnn-w-users': ['hgnnUsers'],
  '2t': ['twoTowerText'],
  '2t-hgnn-per-type': ['twoTowerPerType'],
  '2t-hgnn': ['twoTower'],
};

const slice = (config: Config) => ({
  evaluation: config.evaluation,
  knn: config.knn,
  baselines: config.baselines,
  ...timelineConfig(config),
});
type Slice = ReturnType<typeof slice>;

/** What the evaluation stage leaves: the judgement, how it was made, on what. */
export interface Judgement extends Evaluation {
  readonly protocol: Readonly<Record<string, unknown>>;
  readonly data: Readonly<Record<string, unknown>>;
  /** What re-ranking gives and costs, where the config has a curve. */
  readonly tradeoff?: Tradeoff;
}

/**
 * Judges the systems of the config on the window of the config. What serving knows is what lies before the
 * window; a pair that the history holds is not judged.
 */
export function evaluationStage(
  systems: readonly SystemName[],
): Stage<Config, Slice, Partial<typeof ALL>, Judgement> {
  const wanted = new Set<keyof typeof ALL>(['events', ...systems.flatMap((system) => NEEDS[system])]);
  const needs = Object.fromEntries(
    Object.entries(ALL).filter(([name]) => wanted.has(name as keyof typeof ALL)),
  );
  return defineStage({
    name: 'evaluation',
    version: '1',
    needs: needs as Partial<typeof ALL>,
    seeded: true,
    slice,
    identity: ({ evaluation: { userBatch: _, ...evaluation }, knn, baselines, split, window }: Slice) => ({
      evaluation,
      knn,
      baselines,
      split,
      window,
    }),
    async run(context) {
      const inputs = context.inputs as unknown as AllInputs;
      const all = await inputs.events();
      const { config } = context;
      const times = timeline(all, config);
      const { cut, known: dataset } = times;
      const { catalogue, users, log } = dataset;
      const history = histories(log, users.size);
      const judged = times.judged();
      const recommenders: Recommender[] = [];
      for (const name of config.evaluation.systems) {
        recommenders.push(
          await makeRecommender(name, { dataset, inputs, cut, config, seed: context.seed, work: context }),
        );
      }
      const { rerank } = config.evaluation;
      const served = recommenders.find(({ name }) => name === servedName(config.evaluation.systems));
      const also = served && (await rerankedSystem(served, { catalogue, history }, rerank));
      const protocol = {
        catalogue,
        history,
        judged,
        seed: context.seed,
        metrics: config.evaluation.metrics,
        itemVectors: await inputs.text?.(),
        bootstrap: config.evaluation.bootstrap,
        userBatch: config.evaluation.userBatch ?? undefined,
        onProgress: context.onProgress,
        signal: context.signal,
      };
      const { systems, paired, ranked } = await evaluate({
        ...protocol,
        systems: also ? [...recommenders, also] : recommenders,
      });
      const curve =
        served && rerank.curve.length > 0
          ? await tradeoff(served, { catalogue, history }, rerank, protocol)
          : undefined;
      const judgement: Judgement = {
        protocol: {
          window: config.window,
          ...heldOutWords(config.split, times),
          candidates: 'every item of the scope that is not in the history of the user',
          rank: '1 + candidates scored higher + half of the other candidates with the same score',
          bootstrap: config.evaluation.bootstrap,
          seed: context.seed,
        },
        data: {
          users: users.size,
          items: catalogue.size,
          'items by type': Object.fromEntries(
            catalogue.types.map((type, t) => [
              type,
              catalogue.typeOffsets[t + 1]! - catalogue.typeOffsets[t]!,
            ]),
          ),
          events: all.log.length + (all.test?.length ?? 0),
          'events in history': history.item.length,
          judged: judged.user.length,
          'judged users': new Set(judged.user).size,
          dropped: dataset.report.dropped,
        },
        systems,
        paired,
        ...(curve && { tradeoff: curve }),
      };
      context.count({ systems: recommenders.length, 'judged pairs': judged.user.length });
      await writeJson(join(context.folder, 'judgement.json'), judgement);
      await writeRanks(context.folder, judged, ranked);
    },
    load: ({ folder }) => readJson<Judgement>(join(folder, 'judgement.json')),
  });
}

const date = (seconds: number) => new Date(seconds * 1000).toISOString();

/** What was held out, in the words of the protocol. */
function heldOutWords({ by, share, coldType, seed }: Slice['split'], { cut, end, split }: Timeline) {
  const simulated = coldType && {
    'new type': `events of type "${coldType.type}" are taken from ${coldType.users} of the users (seed ${seed})`,
  };
  if (split !== null)
    return {
      split: by,
      from: date(cut),
      to: end === Number.POSITIVE_INFINITY ? null : date(end),
      validation: date(split.validation),
      test: date(split.test),
      history: 'all events before the window',
      judged:
        'distinct (user, item) pairs of strong events in the window that are not in the history of the user',
      ...simulated,
    };
  if (by === 'last')
    return {
      split: by,
      history: "a user's events before the judged one",
      judged:
        "each user's last strong event with an item they had no event with before (validation: the one before that)",
      ...simulated,
    };
  return {
    split: by,
    history: 'all events of the event table (validation: less the held-out share of pairs)',
    judged: `distinct (user, item) pairs of the test file that are not in the history of the user (validation: ${share} of the pairs of the event table, seed ${seed})`,
    ...simulated,
  };
}

interface Known {
  readonly dataset: Dataset;
  readonly inputs: AllInputs;
  readonly cut: number;
  readonly config: Slice;
  readonly seed: number;
  readonly work: LongWork;
}

/** A system as it stands at the cut. */
async function makeRecommender(
  name: SystemName,
  { dataset, inputs, cut, config, seed, work }: Known,
): Promise<Recommender> {
  const { catalogue, users, log } = dataset;
  const history = () => histories(log, users.size);
  const taken = () => ({ history: histories(log, users.size, { strongOnly: true }), items: catalogue.size });
  const dot = ({ users: userVectors, items: itemVectors }: { users: Matrix; items: Matrix }) =>
    vectorRecommender(name, { userVectors, itemVectors });
  const knn = (items: Rows) =>
    vectorRecommender(name, {
      itemVectors: items,
      userVectors: meanVectors(history(), items, {
        cut,
        ...(config.knn.halfLifeDays !== null && { halfLifeDays: config.knn.halfLifeDays }),
      }),
    });
  switch (name) {
    case 'popularity':
    case 'popularity-7d':
    case 'popularity-14d':
    case 'popularity-90d': {
      const days = /-(\d+)d$/.exec(name);
      return popularity({ name, log, items: catalogue.size, cut, ...(days && { days: Number(days[1]) }) });
    }
    case 'llm-knn':
      return knn(await inputs.text());
    case 'hgnn-knn':
      return knn(await (await inputs.embeddings()).at('serving'));
    case 'item-knn': {
      const { shrinkage, neighbours } = config.knn;
      const graph = await prune((await inputs.graph()).full, {
        score: 'damped',
        damping: shrinkage,
        topK: neighbours,
      });
      return itemKnn({ graph, history: history() });
    }
    case 'ease': {
      const { l2, maxMemoryMb } = config.baselines.ease;
      return ease({ ...taken(), l2, maxBytes: maxMemoryMb * 2 ** 20 }, work);
    }
    case 'gf-cf':
      return gfCf({ ...taken(), ...config.baselines.gfCf, seed }, work);
    case 'als':
      return als({ ...taken(), ...config.baselines.als, seed }, work);
    case 'bpr':
      return bpr({ ...taken(), ...config.baselines.bpr, seed }, work);
    case 'hgnn-w-users':
      return dot(await inputs.hgnnUsers());
    case '2t':
      return dot(await inputs.twoTowerText());
    case '2t-hgnn-per-type':
      return dot(await inputs.twoTowerPerType());
    case '2t-hgnn':
      return dot(await inputs.twoTower());
  }
}
