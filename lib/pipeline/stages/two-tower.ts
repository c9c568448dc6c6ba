import { join } from 'node:path';
import {
  type Matrix,
  readJson,
  readSafetensors,
  writeJson,
  writeSafetensors,
} from '../../artifacts/index.js';
import { servingVectors, TwoTower, type TwoTowerWork, trainTwoTower } from '../../two-tower/index.js';
import { defineStage } from '../stage.js';
import { readMatrix, writeMatrices } from './arrays.js';
import { trainerCheckpoint } from './checkpoint.js';
import { embeddingsStage } from './embeddings.js';
import { eventsStage } from './events.js';
import { textStage } from './text.js';
import { type TowerData, type TowerSlice, towerData, towerSlice } from './towers.js';

/** The part of a stage's context that training needs. */
interface Training extends TwoTowerWork {
  readonly folder: string;
  readonly config: TowerSlice;
  readonly seed: number;
  readonly count: (counts: Record<string, number>) => void;
}

/** Trains on the snapshots, then writes the weights and the vectors of every user and item at the serving cut. */
async function train(
  { world, snapshots, serving }: TowerData,
  { folder, config: { twoTower }, seed, count, ...work }: Training,
): Promise<void> {
  const { model, curve } = await trainTwoTower(world, snapshots, { ...twoTower, seed }, work);
  count({
    parameters: model.parameters.count,
    snapshots: snapshots.length,
    examples: snapshots.reduce((sum, { examples }) => sum + examples.user.length, 0),
    steps: curve.reduce((sum, { steps }) => sum + steps, 0),
    ...(twoTower.learnTemperature && { temperature: Number(model.temperature.toFixed(4)) }),
  });
  const { users, items } = servingVectors(model, world, await serving());
  await writeMatrices(join(folder, 'vectors.safetensors'), { users, items });
  await writeSafetensors(join(folder, 'weights.safetensors'), model.export());
  await writeJson(join(folder, 'model.json'), { widths: model.widths, shape: twoTower, curve });
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
  slice: towerSlice,
  async run(context) {
    const { events, text } = context.inputs;
    const data = await towerData(await events(), await text(), async () => null, context.config);
    await train(data, {
      ...context,
      seed: context.seed,
      name: '2t',
      checkpoint: trainerCheckpoint(context.checkpoint),
    });
  },
  load,
});

/** The adaptation layer of the method: the two-tower over HGNN embeddings. */
export const twoTowerStage = defineStage({
  name: 'two-tower',
  version: '1',
  needs: { events: eventsStage, text: textStage, embeddings: embeddingsStage },
  seeded: true,
  slice: towerSlice,
  async run(context) {
    const { events, text, embeddings } = context.inputs;
    const { at } = await embeddings();
    const data = await towerData(await events(), await text(), at, context.config);
    await train(data, {
      ...context,
      seed: context.seed,
      name: '2t-hgnn',
      checkpoint: trainerCheckpoint(context.checkpoint),
    });
  },
  load,
});
