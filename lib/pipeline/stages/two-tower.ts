import { join } from 'node:path';
import {
  type Matrix,
  type NamedTensor,
  readJson,
  readSafetensors,
  writeJson,
  writeSafetensors,
} from '../../artifacts/index.js';
import {
  type InputWidths,
  servingVectors,
  TwoTower,
  type TwoTowerShape,
  type TwoTowerTraining,
  type TwoTowerWork,
  towerShape,
  trainTwoTower,
} from '../../two-tower/index.js';
import { earlierModel, startIdentity } from '../earlier.js';
import { writeTowerEvidence } from '../evidence.js';
import { readMatrix, writeMatrices } from './arrays.js';
import { trainerCheckpoint } from './checkpoint.js';
import { embeddingsStage } from './embeddings.js';
import { eventsStage } from './events.js';
import { defineTensorStage } from './tensors.js';
import { textStage } from './text.js';
import {
  type FeatureColumns,
  type TowerData,
  type TowerSlice,
  towerData,
  towerIdentity,
  towerSlice,
} from './towers.js';

/** The part of a stage's context that training needs. */
interface Training extends TwoTowerWork {
  readonly folder: string;
  readonly config: TowerSlice;
  readonly seed: number;
  readonly count: (counts: Record<string, number>) => void;
}

interface StoredModel {
  readonly widths: InputWidths;
  readonly shape: TwoTowerShape;
  readonly columns: FeatureColumns;
  readonly curve: TwoTowerTraining['curve'];
}

type Earlier = Awaited<ReturnType<typeof earlierModel<StoredModel>>>;

/** The earlier run's towers that the config names, if it names one. */
const earlierTowers = async ({ twoTower: { start } }: TowerSlice, stage: string): Promise<Earlier | null> =>
  start && earlierModel<StoredModel>(start, stage);

/**
 * Trains on the snapshots, from an earlier run's weights where the config says so, or takes those as they are; then
 * writes the weights and the vectors of every user and item at the serving cut.
 */
async function train(
  { world, columns, snapshots, serving }: TowerData,
  earlier: Earlier | null,
  { folder, config: { twoTower }, seed, count, ...work }: Training,
): Promise<void> {
  const { model, curve } =
    earlier !== null && !twoTower.start!.train
      ? { model: restored(earlier.model, earlier.weights), curve: earlier.model.curve }
      : await trainTwoTower(world, snapshots, { ...twoTower, seed }, { ...work, start: earlier?.weights });
  count({
    parameters: model.parameters.count,
    snapshots: snapshots.length,
    examples: snapshots.reduce((sum, { examples }) => sum + examples.user.length, 0),
    steps: curve.reduce((sum, { steps }) => sum + steps, 0),
    ...(twoTower.learnTemperature && { temperature: Number(meanTemperature(model).toFixed(4)) }),
  });
  const moment = await serving();
  await writeTowerEvidence(folder, world, snapshots, moment);
  const { users, items } = servingVectors(model, world, moment);
  await writeMatrices(join(folder, 'vectors.safetensors'), { users, items });
  await writeSafetensors(join(folder, 'weights.safetensors'), model.export());
  await writeJson(join(folder, 'model.json'), {
    widths: model.widths,
    shape: towerShape(model.shape),
    columns,
    curve,
  } satisfies StoredModel);
  model.dispose();
}

const meanTemperature = ({ members }: TwoTower) =>
  members.reduce((sum, { temperature }) => sum + temperature, 0) / members.length;

function restored({ widths, shape }: StoredModel, weights: Record<string, NamedTensor>): TwoTower {
  const model = new TwoTower(widths, shape, 0);
  model.import(weights);
  return model;
}

/** What a two-tower stage leaves. */
export interface TwoTowerOutput {
  readonly users: Matrix;
  readonly items: Matrix;
  /** The trained towers; to be disposed of. */
  model(): Promise<TwoTower>;
  /** What the columns of its features are. */
  columns(): Promise<FeatureColumns>;
}

const load = async ({ folder }: { folder: string }): Promise<TwoTowerOutput> => ({
  users: await readMatrix(folder, 'vectors.safetensors', 'users'),
  items: await readMatrix(folder, 'vectors.safetensors', 'items'),
  async model() {
    const model = await readJson<StoredModel>(join(folder, 'model.json'));
    return restored(model, (await readSafetensors(join(folder, 'weights.safetensors'))).tensors);
  },
  columns: async () => (await readJson<StoredModel>(join(folder, 'model.json'))).columns,
});

/** The two-tower without the graph: texts in place of HGNN embeddings. */
export const twoTowerTextStage = defineTensorStage({
  name: 'two-tower-text',
  version: '4',
  external: ({ twoTower }, sources) => startIdentity(twoTower.start, 'two-tower-text', sources),
  needs: { events: eventsStage, text: textStage },
  seeded: true,
  slice: towerSlice,
  identity: towerIdentity,
  async run(context) {
    const { events, text } = context.inputs;
    const earlier = await earlierTowers(context.config, 'two-tower-text');
    const none = async () => null;
    const data = await towerData(await events(), await text(), none, context.config, earlier?.model.columns);
    await train(data, earlier, {
      ...context,
      seed: context.seed,
      name: '2t',
      checkpoint: trainerCheckpoint(context.checkpoint),
    });
  },
  load,
});

/** The adaptation layer of the method: the two-tower over HGNN embeddings. */
export const twoTowerStage = defineTensorStage({
  name: 'two-tower',
  version: '4',
  external: ({ twoTower }, sources) => startIdentity(twoTower.start, 'two-tower', sources),
  needs: { events: eventsStage, text: textStage, embeddings: embeddingsStage },
  seeded: true,
  slice: towerSlice,
  identity: towerIdentity,
  async run(context) {
    const { events, text, embeddings } = context.inputs;
    const { at } = await embeddings();
    const earlier = await earlierTowers(context.config, 'two-tower');
    const data = await towerData(await events(), await text(), at, context.config, earlier?.model.columns);
    await train(data, earlier, {
      ...context,
      seed: context.seed,
      name: '2t-hgnn',
      checkpoint: trainerCheckpoint(context.checkpoint),
    });
  },
  load,
});
