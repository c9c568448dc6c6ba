import { type Matrix, matrix, type Rows } from '../../artifacts/index.js';
import { type Dataset, type Histories, histories } from '../../events/index.js';
import {
  arranged,
  itemStatistics,
  type Moment,
  snapshotExamples,
  type TrainingSnapshot,
  tableFeatures,
  timesByStrength,
  type World,
} from '../../two-tower/index.js';
import type { Config } from '../config/index.js';
import { timeline, timelineConfig } from '../timeline.js';

/** The part of the config that two-tower stages read. */
export const towerSlice = (config: Config) => ({ twoTower: config.twoTower, ...timelineConfig(config) });
export type TowerSlice = ReturnType<typeof towerSlice>;

/** The part of a two-tower's settings that goes into fingerprints: of an earlier run counts what it left. */
export const towerIdentity = ({ twoTower: { start: _, ...twoTower }, ...rest }: TowerSlice) => ({
  twoTower,
  ...rest,
});

/** What the columns of features are: saved weights fit these only. */
export interface FeatureColumns {
  readonly item: readonly string[];
  readonly user: readonly string[];
}

/** What two-towers learn from, and the moment that they serve. */
export interface TowerData {
  readonly world: World;
  readonly columns: FeatureColumns;
  readonly snapshots: readonly TrainingSnapshot[];
  serving(): Promise<Moment>;
}

/**
 * The snapshots that training replays, and the world around them: each with the item embeddings and statistics of
 * its own cut, and what users took after it.
 * @param columns of an earlier run's features, where its weights are to fit
 */
export async function towerData(
  all: Dataset,
  text: Rows,
  embeddingsAt: (moment: number | 'serving') => Promise<Rows | null>,
  config: TowerSlice,
  columns?: FeatureColumns,
): Promise<TowerData> {
  const { known: dataset, cut, snapshots: plans } = timeline(all, config);
  const { catalogue, users, log } = dataset;
  const known = histories(log, users.size);
  const statisticsAt = statisticsOf(dataset, config);
  const momentAt = async (time: number, which: number | 'serving'): Promise<Moment> => ({
    cut: time,
    embeddings: await embeddingsAt(which),
    statistics: statisticsAt(time),
  });
  const snapshots = [];
  for (const [k, plan] of plans.entries()) {
    snapshots.push({ moment: await momentAt(plan.cut, k), examples: snapshotExamples(log, known, plan) });
  }
  const itemFeatures = categoryFeatures(catalogue, columns);
  const userTable = tableFeatures(users.size, users.categories, users.numbers);
  const userFeatures = columns ? arranged(userTable, columns.user) : userTable;
  return {
    columns: { item: itemFeatures.names, user: userFeatures.names },
    world: towerWorld(dataset, { text, itemFeatures, userFeatures }, known, config),
    snapshots,
    serving: () => momentAt(cut, 'serving'),
  };
}

/** Statistics of all items as known at a moment; of no columns where the config goes without. */
function statisticsOf({ catalogue, log }: Dataset, { twoTower }: TowerSlice): (cut: number) => Matrix {
  if (!twoTower.statistics) return () => matrix(catalogue.size, 0);
  const sources = timesByStrength(log, catalogue.size);
  return (cut) => itemStatistics(sources, cut, twoTower.windows);
}

function categoryFeatures(catalogue: Dataset['catalogue'], columns: FeatureColumns | undefined) {
  const all = tableFeatures(catalogue.size, catalogue.categories);
  return columns ? arranged(all, columns.item) : all;
}

/** What the item tower reads of items besides vectors, at the serving cut. */
export function servingFacts(
  all: Dataset,
  config: TowerSlice,
  columns: FeatureColumns,
): { readonly statistics: Matrix; readonly itemFeatures: Matrix } {
  const { known, cut } = timeline(all, config);
  return {
    statistics: statisticsOf(known, config)(cut),
    itemFeatures: categoryFeatures(known.catalogue, columns),
  };
}

/** What the towers see that does not change with time, and the histories of users. */
export const towerWorld = (
  { catalogue, log }: Dataset,
  features: Pick<World, 'text' | 'itemFeatures' | 'userFeatures'>,
  known: Histories,
  { twoTower }: Pick<Config, 'twoTower'>,
): World => ({
  catalogue,
  histories: known,
  ...features,
  profile: {
    windowDays: twoTower.windowDays,
    vectors: twoTower.userVectors,
    means: twoTower.userMeans,
    halfLifeDays: twoTower.halfLifeDays,
    kindWeights: log.kinds.map(({ strong }) => (strong ? 1 : twoTower.weakWeight)),
  },
});
