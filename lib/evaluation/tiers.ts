import { require } from '../errors/index.js';
import type { Catalogue, Histories } from '../events/index.js';
import { seenItems } from './judged.js';
import type { ItemSlice, UserSlice } from './types.js';

/** The largest history count of a tail item. */
const TAIL = 5;

/** How many users' histories hold each item (a user counts once, however often they came back). */
export function historyCounts(history: Histories, items: number): Uint32Array {
  const counts = new Uint32Array(items);
  const last = new Int32Array(items).fill(-1);
  for (let user = 0; user < history.users; user++)
    for (const item of seenItems(history, user)) {
      require(item < items, 'ERR_RANGE', () =>
        `the history of user ${user} holds item ${item}; there are ${items}`);
      if (last[item] === user) continue;
      last[item] = user;
      counts[item]!++;
    }
  return counts;
}

export function inItemSlice(slice: ItemSlice, count: number): boolean {
  if (slice === 'warm') return count > 0;
  if (slice === 'tail') return count > 0 && count <= TAIL;
  return slice === 'all' || count === 0;
}

/**
 * Which of `users` are warm for each scope: the result at [scope][k] is 1 when users[k] has any history of it.
 * Scope 0 is all types, scope t + 1 is type t.
 */
export function warmUsers(catalogue: Catalogue, history: Histories, users: Uint32Array): Uint8Array[] {
  const warm = Array.from({ length: catalogue.types.length + 1 }, () => new Uint8Array(users.length));
  users.forEach((user, k) => {
    for (const item of seenItems(history, user)) {
      warm[0]![k] = 1;
      warm[catalogue.typeOf(item) + 1]![k] = 1;
    }
  });
  return warm;
}

export const inUserSlice = (slice: UserSlice, warm: number): boolean =>
  slice === 'all' || (slice === 'warm') === (warm === 1);
