import {
  exposures,
  type ItemPenalties,
  type Recommender,
  type RerankStrengths,
  reranked,
  reranks,
  type SystemName,
  scaled,
} from '../evaluation/index.js';
import type { Catalogue, Histories } from '../events/index.js';
import type { Config } from './config/index.js';

/** Users whose lists say how exposed an item is, spread over those with a history. */
const EXPOSURE_USERS = 2000;

export interface RerankWorld {
  readonly catalogue: Catalogue;
  /** All events that are known. */
  readonly history: Histories;
}

/** The system that is served: what re-ranking is for. */
export const servedName = (systems: readonly SystemName[]): SystemName | undefined =>
  (['2t-hgnn', '2t'] as const).find((name) => systems.includes(name));

/** What re-ranking takes off each item; `system` is asked for the lists of some users where coverage has a strength. */
export async function penaltiesOf(
  system: Recommender,
  { catalogue, history }: RerankWorld,
  coverage: boolean,
): Promise<ItemPenalties> {
  const users = new Float64Array(catalogue.size);
  const last = new Int32Array(catalogue.size).fill(-1);
  const known: number[] = [];
  for (let user = 0; user < history.users; user++) {
    const [begin, end] = [Number(history.offsets[user]), Number(history.offsets[user + 1])];
    if (begin < end) known.push(user);
    for (let e = begin; e < end; e++) {
      const item = history.item[e]!;
      if (last[item] !== user) users[item]!++;
      last[item] = user;
    }
  }
  const some = Uint32Array.from(
    { length: Math.min(EXPOSURE_USERS, known.length) },
    (_, i) => known[Math.floor((i * known.length) / Math.min(EXPOSURE_USERS, known.length))]!,
  );
  return {
    popularity: scaled(users),
    exposure: coverage ? scaled(await exposures(system, some, { catalogue, history })) : null,
  };
}

/** A system re-ranked with the strengths of a config; undefined where all are 0. */
export async function rerankedSystem(
  system: Recommender,
  world: RerankWorld,
  { window, ...strengths }: Config['evaluation']['rerank'],
): Promise<Recommender | undefined> {
  if (!reranks(strengths)) return undefined;
  const penalties = await penaltiesOf(system, world, strengths.coverage > 0);
  return reranked(system, { ...world, ...strengths, window, penalties, name: `${system.name} reranked` });
}

/** One point of the trade-off curve: a strength, or a set of them. */
export const alone = (by: keyof RerankStrengths, strength: number): RerankStrengths => ({
  novelty: 0,
  coverage: 0,
  calibration: 0,
  [by]: strength,
});
