import { join } from 'node:path';
import { type Matrix, matrix, writeJson, writeSafetensors } from '../../artifacts/index.js';
import { require } from '../../errors/index.js';
import {
  type Examples,
  type ServingVectors,
  servingVectors,
  towerShape,
  trainTwoTower,
  vectorWidth,
} from '../../two-tower/index.js';
import { writeTowerEvidence } from '../evidence.js';
import { readMatrix, writeMatrices } from './arrays.js';
import { trainerCheckpoint } from './checkpoint.js';
import { embeddingsStage } from './embeddings.js';
import { eventsStage } from './events.js';
import { defineTensorStage } from './tensors.js';
import { textStage } from './text.js';
import { towerData, towerIdentity, towerSlice } from './towers.js';

/**
 * One two-tower of its own per item type, as in arXiv 2403.05185, beside the unified one of arXiv 2403.07478: each
 * sees the same users and learns from the examples of its type against items of its type alone. A type that no
 * example is of has zeros. Logits of different types are those of different models: a softmax within a type leaves
 * open how types compare, so the ranking over all types is this system's weakness by construction.
 */
export const twoTowerPerTypeStage = defineTensorStage({
  name: 'two-tower-per-type',
  version: '4',
  needs: { events: eventsStage, text: textStage, embeddings: embeddingsStage },
  seeded: true,
  slice: towerSlice,
  identity: towerIdentity,
  async run(context) {
    const { twoTower } = context.config;
    require(twoTower.start ===
      null, 'ERR_CONFIG', 'twoTower.start: 2t-hgnn-per-type cannot start from an earlier run');
    const dataset = await context.inputs.events();
    const { at } = await context.inputs.embeddings();
    const { world, columns, snapshots, serving } = await towerData(
      dataset,
      await context.inputs.text(),
      at,
      context.config,
    );
    const moment = await serving();
    await writeTowerEvidence(context.folder, world, snapshots, moment);
    const { types, typeOffsets } = world.catalogue;
    const models = [];
    const vectors: (ServingVectors | null)[] = [];
    for (const [t, type] of types.entries()) {
      const range = [typeOffsets[t]!, typeOffsets[t + 1]!] as const;
      const own = snapshots.map(({ moment, examples }) => ({ moment, examples: within(examples, range) }));
      const examples = own.reduce((sum, { examples }) => sum + examples.user.length, 0);
      context.count({ [`examples: ${type}`]: examples });
      if (examples === 0) {
        context.log(`nothing to learn of type "${type}": nobody took one in the snapshots' windows`);
        vectors.push(null);
        continue;
      }
      const { model, curve } = await trainTwoTower(
        world,
        own,
        { ...twoTower, seed: context.seed },
        {
          ...context,
          name: `2t-hgnn of ${type}`,
          range,
          checkpoint: trainerCheckpoint(context.checkpoint, `training-${t}.safetensors`),
        },
      );
      vectors.push(servingVectors(model, world, moment, range));
      await writeSafetensors(join(context.folder, `weights-${t}.safetensors`), model.export());
      models.push({ type, widths: model.widths, shape: towerShape(twoTower), curve });
      context.count({ parameters: model.parameters.count, models: models.length });
      model.dispose();
    }
    const width = vectorWidth(twoTower) + 1;
    await writeMatrices(join(context.folder, 'vectors.safetensors'), {
      users: beside(vectors, world.histories.users, width),
      items: diagonal(vectors, typeOffsets, width),
    });
    await writeJson(join(context.folder, 'model.json'), { columns, models });
  },
  load: async ({ folder }) => ({
    /** [users, types × (members × out + 1)]: block t is the user for the two-tower of type t. */
    users: await readMatrix(folder, 'vectors.safetensors', 'users'),
    /** [items, types × (members × out + 1)]: an item has its vector in the block of its type and zeros elsewhere. */
    items: await readMatrix(folder, 'vectors.safetensors', 'items'),
  }),
});

/** The examples whose items are of rows [begin, end), in their order. */
function within({ user, item }: Examples, [begin, end]: readonly [number, number]): Examples {
  const keep = (_: number, e: number) => item[e]! >= begin && item[e]! < end;
  return { user: user.filter(keep), item: item.filter(keep) };
}

/** The user vectors of the models side by side, so that one dot product serves all types. */
function beside(vectors: readonly (ServingVectors | null)[], users: number, width: number): Matrix {
  const out = matrix(users, vectors.length * width);
  vectors.forEach((of, t) => {
    if (of === null) return;
    for (let u = 0; u < users; u++)
      out.data.set(of.users.data.subarray(u * width, (u + 1) * width), u * out.cols + t * width);
  });
  return out;
}

/** The item vectors of each model in a block of columns of its own. */
function diagonal(
  vectors: readonly (ServingVectors | null)[],
  typeOffsets: Uint32Array,
  width: number,
): Matrix {
  const out = matrix(typeOffsets.at(-1)!, vectors.length * width);
  vectors.forEach((of, t) => {
    if (of === null) return;
    for (let i = 0; i < of.items.rows; i++)
      out.data.set(
        of.items.data.subarray(i * width, (i + 1) * width),
        (typeOffsets[t]! + i) * out.cols + t * width,
      );
  });
  return out;
}
