import type { Matrix, Rows } from '../../artifacts/index.js';
import {
  als,
  bpr,
  ease,
  gfCf,
  itemKnn,
  meanVectors,
  popularity,
  type Recommender,
  type SystemName,
  vectorRecommender,
} from '../../evaluation/index.js';
import { type Dataset, histories } from '../../events/index.js';
import type { ItemGraph } from '../../graph/index.js';
import type { LongWork } from '../../progress/index.js';
import type { Config } from '../config/index.js';
import { once } from '../once.js';
import type { Inputs } from '../stage.js';
import { embeddingsStage } from './embeddings.js';
import { eventsStage } from './events.js';
import { graphStage } from './graph.js';
import { hgnnUsersStage } from './hgnn-users.js';
import { knnGraph } from './knn-graph.js';
import { textStage } from './text.js';
import { twoTowerStage, twoTowerTextStage } from './two-tower.js';
import { twoTowerPerTypeStage } from './two-tower-per-type.js';

/** All that systems are made from. */
export const SOURCES = {
  events: eventsStage,
  text: textStage,
  graph: graphStage,
  embeddings: embeddingsStage,
  hgnnUsers: hgnnUsersStage,
  twoTowerText: twoTowerTextStage,
  twoTowerPerType: twoTowerPerTypeStage,
  twoTower: twoTowerStage,
};
export type SystemInputs = Inputs<typeof SOURCES>;

/** Which stages each system is made from. */
export const NEEDS: Record<SystemName, readonly (keyof typeof SOURCES)[]> = {
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

/** What of the config the making of systems reads. */
export type SystemConfig = Pick<Config, 'knn' | 'graph' | 'baselines'>;

export interface Known {
  readonly dataset: Dataset;
  readonly inputs: SystemInputs;
  readonly cut: number;
  readonly config: SystemConfig;
  /** The graph of item-knn; made when first asked for. */
  readonly knnGraph: () => Promise<ItemGraph>;
}

interface Making extends Known {
  readonly seed: number;
  readonly work: LongWork;
}

/** What all systems of a run are made from. */
export const knowledge = (
  dataset: Dataset,
  inputs: SystemInputs,
  cut: number,
  config: SystemConfig,
): Known => ({
  dataset,
  inputs,
  cut,
  config,
  knnGraph: once(async () => knnGraph(dataset, (await inputs.graph()).full, config)),
});

/** A system as it stands at the cut. */
export async function makeRecommender(
  name: SystemName,
  { dataset, inputs, cut, config, knnGraph, seed, work }: Making,
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
    case 'item-knn':
      return itemKnn({ graph: await knnGraph(), history: history() });
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
