import { require } from '../../errors/index.js';
import type { EventLog } from '../../events/index.js';
import type { Recommender, SystemName } from '../types.js';

const DAY = 86_400;

export interface PopularityOptions {
  /** Default: popularity, or popularity-<days>d. */
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
 * Orders items by their number of strong events in [cut - days, cut), ties by their number before the cut, the
 * same for every user. A user who comes back counts again: it is what is taken that counts. An item's score is
 * its place in that order from below, equal items sharing one, so f32 holds it exactly.
 * @throws CohearError ERR_RANGE for days that are not above 0
 */
export function popularity({ log, items, cut, days, name }: PopularityOptions): Recommender {
  require(days === undefined || days > 0, 'ERR_RANGE', () => `popularity: want days > 0, got ${days}`);
  const from = days === undefined ? Number.NEGATIVE_INFINITY : cut - days * DAY;
  const recent = new Float64Array(items);
  const all = new Float64Array(items);
  for (let i = 0; i < log.length; i++) {
    if (log.time[i]! >= cut || !log.kinds[log.kind[i]!]!.strong) continue;
    all[log.item[i]!]!++;
    if (log.time[i]! >= from) recent[log.item[i]!]!++;
  }
  const scores = places(recent, all);
  return {
    name: name ?? (days === undefined ? 'popularity' : (`popularity-${days}d` as SystemName)),
    score(users, out) {
      for (let k = 0; k < users.length; k++) out.set(scores, k * items);
    },
  };
}

/** Dense rank of each (first, second) in ascending order. */
function places(first: Float64Array, second: Float64Array): Float32Array {
  const compare = (a: number, b: number) => first[a]! - first[b]! || second[a]! - second[b]!;
  const order = Uint32Array.from(first, (_, i) => i).sort(compare);
  const result = new Float32Array(first.length);
  let place = 0;
  for (let i = 1; i < order.length; i++) {
    if (compare(order[i - 1]!, order[i]!) !== 0) place++;
    result[order[i]!] = place;
  }
  return result;
}
