import { require } from '../../errors/index.js';
import type { EventLog } from '../../events/index.js';
import type { Recommender, SystemName } from '../types.js';

const DAY = 86_400;

export interface PopularityOptions {
  readonly name?: SystemName;
  readonly log: EventLog;
  /** Items in the catalogue. */
  readonly items: number;
  /** Only events before this count (exclusive, seconds). */
  readonly cut: number;
  /** Only events of the last `days` days before the cut, its first moment included. Default: all. */
  readonly days?: number;
}

/**
 * Scores an item by its number of strong events in [cut - days, cut), the same for every user. A user who comes
 * back counts again: it is what is taken that counts.
 */
export function popularity({ log, items, cut, days, name }: PopularityOptions): Recommender {
  require(days === undefined || days > 0, 'ERR_RANGE', () => `popularity: want days > 0, got ${days}`);
  const from = days === undefined ? Number.NEGATIVE_INFINITY : cut - days * DAY;
  const counts = new Float32Array(items);
  for (let i = 0; i < log.length; i++)
    if (log.time[i]! >= from && log.time[i]! < cut && log.kinds[log.kind[i]!]!.strong) counts[log.item[i]!]!++;
  return {
    name: name ?? (days === undefined ? 'popularity' : (`popularity-${days}d` as SystemName)),
    score(users, out) {
      for (let k = 0; k < users.length; k++) out.set(counts, k * items);
    },
  };
}
