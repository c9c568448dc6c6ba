import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from '../../artifacts/index.js';
import { CohearError } from '../../errors/index.js';
import type { Dataset } from '../../events/index.js';
import type { Config } from '../config/index.js';
import { EVIDENCE } from '../evidence.js';
import type { Manifest } from '../manifest.js';
import type { Truth } from './truth.js';

/** What every check is given. */
export interface CheckContext {
  readonly workdir: string;
  readonly manifest: Manifest;
  readonly config: Config;
  /** The events stage's artifact: ids, types, and the log that is itself checked. */
  readonly dataset: Dataset;
  readonly truth: Truth;
  /** The serving cut, found anew. */
  readonly cut: number;
}

/** The folder of a stage's artifact; undefined where the run has no such stage. */
export const folderOf = ({ workdir, manifest }: CheckContext, stage: string): string | undefined => {
  const record = manifest.stages[stage];
  return record && join(workdir, record.folder);
};

export type Evidence = NonNullable<Awaited<ReturnType<typeof evidenceOf>>>;

/** The evidence that a stage left, as arrays by name; undefined where it left none. */
export async function evidenceOf(context: CheckContext, stage: string) {
  const folder = folderOf(context, stage);
  if (folder === undefined) return undefined;
  const path = join(folder, EVIDENCE);
  if (!existsSync(path)) return undefined;
  const { tensors } = await readSafetensors(path);
  const get = <T>(name: string, type: new () => T): T => {
    const data: unknown = tensors[name]?.data;
    if (data instanceof type) return data;
    throw new CohearError('ERR_FORMAT', `${path} has no ${name}: make the stage again with --force ${stage}`);
  };
  const moments = Object.keys(tensors)
    .flatMap((name) => /^(\d+)\.cut$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
  return { get, has: (name: string) => name in tensors, moments, where: stage };
}

/** A catalogue row as people know it. */
export const itemName = ({ dataset }: CheckContext, row: number): string => `"${dataset.catalogue.ids[row]}"`;
export const userName = ({ dataset }: CheckContext, row: number): string => `"${dataset.users.ids[row]}"`;
