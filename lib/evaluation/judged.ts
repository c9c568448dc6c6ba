import { require } from '../errors/index.js';
import type { EventLog, Histories } from '../events/index.js';
import type { Judged } from './types.js';

/** The events whose (user, item) pairs are judged. */
export interface Window {
  /** Inclusive, seconds. */
  readonly from: number;
  /** Exclusive, seconds. Default: no end. */
  readonly to?: number;
}

/**
 * The distinct (user, item) pairs of strong events in a window, less those in the user's history: what a
 * recommender had to find. Sorted by (user, item).
 * @param history all that was seen before the window, weak kinds included
 */
export function judgedPairs(
  log: EventLog,
  history: Histories,
  { from, to = Number.POSITIVE_INFINITY }: Window,
): Judged {
  const users: number[] = [];
  const items: number[] = [];
  let i = 0;
  for (let user = 0; user < history.users; user++) {
    const taken = new Set<number>();
    for (; i < log.length && log.user[i] === user; i++)
      if (log.time[i]! >= from && log.time[i]! < to && log.kinds[log.kind[i]!]!.strong)
        taken.add(log.item[i]!);
    if (taken.size === 0) continue;
    for (const item of seenItems(history, user)) taken.delete(item);
    for (const item of Uint32Array.from(taken).sort()) {
      users.push(user);
      items.push(item);
    }
  }
  require(i === log.length, 'ERR_RANGE', () =>
    `judgedPairs: the log has users that the ${history.users} histories lack`);
  return { user: Uint32Array.from(users), item: Uint32Array.from(items) };
}

/** The items of a user's history: a view in time order, with repeats. */
export function seenItems(history: Histories, user: number): Uint32Array {
  return history.item.subarray(Number(history.offsets[user]!), Number(history.offsets[user + 1]!));
}

/**
 * Checks what is to be judged against the catalogue and the history.
 * @throws CohearError ERR_SHAPE, ERR_RANGE (a row that does not exist), ERR_VALUE (unsorted, repeated, or a
 *   pair that the history holds: it would be a leak, since it cannot be a candidate)
 */
export function checkJudged({ user, item }: Judged, history: Histories, items: number): void {
  require(user.length === item.length, 'ERR_SHAPE', () =>
    `judged: ${user.length} users and ${item.length} items`);
  let seen = new Set<number>();
  for (let i = 0; i < user.length; i++) {
    const [u, v] = [user[i]!, item[i]!];
    require(u < history.users && v < items, 'ERR_RANGE', () =>
      `judged: pair ${i} is (user ${u}, item ${v}); there are ${history.users} users and ${items} items`);
    const previous = i > 0 ? user[i - 1]! : -1;
    require(u > previous || (u === previous && v > item[i - 1]!), 'ERR_VALUE', () =>
      `judged: pair ${i} is not after pair ${i - 1} in (user, item) order`);
    if (u !== previous) seen = new Set(seenItems(history, u));
    require(!seen.has(v), 'ERR_VALUE', () =>
      `judged: item ${v} is in the history of user ${u}; only what a user had not seen can be judged`);
  }
}
