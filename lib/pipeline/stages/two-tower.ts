import { join } from 'node:path';
import {
  type Matrix,
  readJson,
  readSafetensors,
  writeJson,
  writeSafetensors,
} from '../../artifacts/index.js';
import { type Dataset, histories } from '../../events/index.js';
import {
  itemStatistics,
  itemTimes,
  type Moment,
  servingVectors,
  snapshotExamples,
  TwoTower,
  tableFeatures,
  trainTwoTower,
  type World,
} from '../../two-tower/index.js';
import type { Config } from '../config/index.js';
import { defineStage } from '../stage.js';
import { timeline, timelineConfig } from '../timeline.js';
import { readMatrix, writeMatrices } from './arrays.js';
import { trainerCheckpoint } from './checkpoint.js';
import { embeddingsStage } from './embeddings.js';
import { eventsStage } from './events.js';
import { textStage } from './text.js';

const slice = (config: Config) => ({ twoTower: config.twoTower, ...timelineConfig(config) });
type Slice = ReturnType<typeof slice>;

/** The part of a stage's context that training needs. */
interface Training {
  readonly folder: string;
  readonly config: Slice;
  readonly seed: number;
  readonly count: (counts: Record<string, number>) => void;
}

/** Trains on the snapshots, then writes the weights and the vectors of every user and item at the serving cut. */
async function train(
  name: string,
  all: Dataset,
  text: Matrix,
  embeddingsAt: (moment: number | 'serving') => Promise<Matrix | null>,
  context: Training & Parameters<typeof trainTwoTower>[3],
): Promise<void> {
  const { twoTower } = context.config;
  const { known: dataset, cut, snapshots } = timeline(all, context.config);
  const { catalogue, users, log } = dataset;
  const known = histories(log, users.size);
  const world: World = {
    catalogue,
    histories: known,
    text,
    itemFeatures: tableFeatures(catalogue.size, catalogue.categories),
    userFeatures: tableFeatures(users.size, users.categories, users.numbers),
    windowDays: twoTower.windowDays,
  };
  const sources = [true, false]
    .filter((strong) => log.kinds.some((kind) => kind.strong === strong))
    .map((strong) => itemTimes(log, catalogue.size, strong));
  const momentAt = async (time: number, which: number | 'serving'): Promise<Moment> => ({
    cut: time,
    embeddings: await embeddingsAt(which),
    statistics: itemStatistics(sources, time, twoTower.windows),
  });
  const training = [];
  for (const [k, plan] of snapshots.entries()) {
    training.push({ moment: await momentAt(plan.cut, k), examples: snapshotExamples(log, known, plan) });
  }
  const { model, curve } = await trainTwoTower(
    world,
    training,
    { ...twoTower, seed: context.seed },
    { ...context, name },
  );
  context.count({
    parameters: model.parameters.count,
    snapshots: training.length,
    examples: training.reduce((sum, { examples }) => sum + examples.user.length, 0),
    steps: curve.reduce((sum, { steps }) => sum + steps, 0),
  });
  const vectors = servingVectors(model, world, await momentAt(cut, 'serving'));
  await writeMatrices(join(context.folder, 'vectors.safetensors'), {
    users: vectors.users,
    items: vectors.items,
  });
  await writeSafetensors(join(context.folder, 'weights.safetensors'), model.export());
  await writeJson(join(context.folder, 'model.json'), { widths: model.widths, shape: twoTower, curve });
  model.dispose();
}

/** What a two-tower stage leaves. */
export interface TwoTowerOutput {
  readonly users: Matrix;
  readonly items: Matrix;
  /** The trained towers; to be disposed of. */
  model(): Promise<TwoTower>;
}

const load = async ({ folder }: { folder: string }): Promise<TwoTowerOutput> => ({
  users: await readMatrix(folder, 'vectors.safetensors', 'users'),
  items: await readMatrix(folder, 'vectors.safetensors', 'items'),
  async model() {
    type Shape = ConstructorParameters<typeof TwoTower>;
    const { widths, shape } = await readJson<{ widths: Shape[0]; shape: Shape[1] }>(
      join(folder, 'model.json'),
    );
    const model = new TwoTower(widths, shape, 0);
    model.import((await readSafetensors(join(folder, 'weights.safetensors'))).tensors);
    return model;
  },
});

/** The two-tower without the graph: texts in place of HGNN embeddings. */
export const twoTowerTextStage = defineStage({
  name: 'two-tower-text',
  version: '1',
  needs: { events: eventsStage, text: textStage },
  seeded: true,
  slice,
  run: async (context) =>
    train('2t', await context.inputs.events(), await context.inputs.text(), async () => null, {
      ...context,
      seed: context.seed,
      checkpoint: trainerCheckpoint(context.checkpoint),
    }),
  load,
});

/** The adaptation layer of the method: the two-tower over HGNN embeddings. */
export const twoTowerStage = defineStage({
  name: 'two-tower',
  version: '1',
  needs: { events: eventsStage, text: textStage, embeddings: embeddingsStage },
  seeded: true,
  slice,
  run: async (context) => {
    const embeddings = await context.inputs.embeddings();
    return train('2t-hgnn', await context.inputs.events(), await context.inputs.text(), embeddings.at, {
      ...context,
      seed: context.seed,
      checkpoint: trainerCheckpoint(context.checkpoint),
    });
  },
  load,
});
