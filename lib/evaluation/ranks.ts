import type { Catalogue } from '../events/index.js';
import type { Population } from './slices.js';

/** Length of the lists that coverage looks at. */
export const TOP = 10;
/** Fills a list that has fewer than TOP candidates. */
export const NO_ITEM = 0xffffffff;

/** What one system's scores say of every judged pair and user. */
export interface SystemRanks {
  /**
   * [pool][pairs]: rank of each judged pair, pools being 0: all types, 1: its type, 2: the cold items of all
   * types, 3: the cold items of its type (2 and 3 are NaN for items that are not cold).
   */
  readonly ranks: readonly Float64Array[];
  /** [candidate set][users x TOP]: the best items of each user, set 2 s being scope s and 2 s + 1 its cold items. */
  readonly top: readonly Uint32Array[];
}

export function emptyRanks(catalogue: Catalogue, population: Population): SystemRanks {
  const sets = 2 * (catalogue.types.length + 1);
  return {
    ranks: Array.from({ length: 4 }, () => new Float64Array(population.item.length)),
    top: Array.from({ length: sets }, () => new Uint32Array(population.users.length * TOP).fill(NO_ITEM)),
  };
}
