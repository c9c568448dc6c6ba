import { join, resolve } from 'node:path';
import type { NamedTensor } from '../artifacts/index.js';
import { type Matrix, matrix, readJson, readSafetensors, row } from '../artifacts/index.js';
import { require } from '../errors/index.js';
import type { Catalogue } from '../events/index.js';
import { readManifest } from './manifest.js';
import type { Sources } from './stage.js';

/** A run in another folder that this one starts from. */
export interface Start {
  readonly workdir: string;
  /** Train on from its weights, or take them as they are. */
  readonly train: boolean;
}

/** The folder of a finished stage of an earlier run. @throws CohearError ERR_CONFIG where there is none */
export async function earlierStage(workdir: string, stage: string): Promise<string> {
  const { stages } = await readManifest(resolve(workdir));
  const record = stages[stage];
  require(record, 'ERR_CONFIG', () =>
    `${workdir} has no finished stage "${stage}" to start from; it has ${Object.keys(stages).join(', ')}`);
  return join(resolve(workdir), record.folder);
}

/** What stands for an earlier run's weights in a fingerprint: their content. */
export async function startIdentity(start: Start | null, stage: string, sources: Sources): Promise<unknown> {
  if (start === null) return null;
  const { sha256 } = await sources.hash(
    join(await earlierStage(start.workdir, stage), 'weights.safetensors'),
  );
  return { train: start.train, weights: sha256 };
}

/** The weights of an earlier run's stage, and what its model.json says of them. */
export async function earlierModel<T>(
  { workdir }: Start,
  stage: string,
): Promise<{ readonly weights: Record<string, NamedTensor>; readonly model: T }> {
  const folder = await earlierStage(workdir, stage);
  return {
    weights: (await readSafetensors(join(folder, 'weights.safetensors'))).tensors,
    model: await readJson<T>(join(folder, 'model.json')),
  };
}

/** The rows of two runs' matrices that are of the same items, in one order. */
export function commonRows(
  [a, b]: readonly [Matrix, Matrix],
  [first, second]: readonly [Pick<Catalogue, 'ids'>, Pick<Catalogue, 'rowOf'>],
): [Matrix, Matrix] {
  const pairs = first.ids.flatMap((id, i) => {
    const j = second.rowOf(id);
    return j === undefined ? [] : [[i, j] as const];
  });
  const pick = (m: Matrix, side: 0 | 1) => {
    const out = matrix(pairs.length, m.cols);
    pairs.forEach((pair, i) => {
      row(out, i).set(row(m, pair[side]));
    });
    return out;
  };
  return [pick(a, 0), pick(b, 1)];
}
