import { join } from 'node:path';
import { type NamedTensor, readSafetensors, writeSafetensors } from '../artifacts/index.js';
import { CohearError } from '../errors/index.js';
import type { Judged, RankedSystem } from '../evaluation/index.js';

const FILE = 'ranks.safetensors';

/** Keeps what every system made of every judged pair, so that runs can be compared pair by pair. */
export async function writeRanks(
  folder: string,
  { user, item }: Judged,
  systems: readonly RankedSystem[],
): Promise<void> {
  const tensors: Record<string, NamedTensor> = {
    user: { data: user, shape: [user.length] },
    item: { data: item, shape: [item.length] },
  };
  for (const { name, ranks } of systems)
    ranks.forEach((data, pool) => {
      tensors[`${name}/${pool}`] = { data, shape: [data.length] };
    });
  await writeSafetensors(join(folder, FILE), tensors, {
    systems: JSON.stringify(systems.map(({ name }) => name)),
  });
}

/** What {@link writeRanks} wrote. @throws CohearError ERR_FORMAT where it is not that */
export async function readRanks(
  folder: string,
): Promise<{ readonly judged: Judged; readonly systems: RankedSystem[] }> {
  const path = join(folder, FILE);
  const { tensors, metadata } = await readSafetensors(path);
  const get = <T>(name: string, type: new () => T): T => {
    const data: unknown = tensors[name]?.data;
    if (data instanceof type) return data;
    throw new CohearError('ERR_FORMAT', `${path} has no ${name}: make the evaluation again with --force`);
  };
  const names = JSON.parse(metadata.systems ?? '[]') as string[];
  return {
    judged: { user: get('user', Uint32Array), item: get('item', Uint32Array) },
    systems: names.map((name) => ({
      name,
      ranks: [0, 1, 2, 3].map((pool) => get(`${name}/${pool}`, Float64Array)),
    })),
  };
}
