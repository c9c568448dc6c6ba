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

const TIERS = 5;

/**
 * The popularity tier of every item among those of its type: warm items from the most popular down, a new tier
 * whenever another fifth of the type's (user, item) pairs is reached; items of equal counts share a tier. Cold items
 * are 0.
 */
export function popularityTiers(counts: Uint32Array, { typeOffsets }: Catalogue): Uint8Array {
  const tiers = new Uint8Array(counts.length);
  for (let type = 0; type + 1 < typeOffsets.length; type++) {
    const rows = Uint32Array.from(
      { length: typeOffsets[type + 1]! - typeOffsets[type]! },
      (_, i) => typeOffsets[type]! + i,
    ).sort((a, b) => counts[b]! - counts[a]!);
    const total = rows.reduce((sum, row) => sum + counts[row]!, 0);
    let before = 0; // pairs of more popular items
    for (let begin = 0, end = 0; begin < rows.length && counts[rows[begin]!]! > 0; begin = end) {
      const count = counts[rows[begin]!]!;
      while (end < rows.length && counts[rows[end]!] === count) end++;
      for (let i = begin; i < end; i++) tiers[rows[i]!] = 1 + Math.floor((TIERS * before) / total);
      before += count * (end - begin);
    }
  }
  return tiers;
}

export function inItemSlice(slice: ItemSlice, count: number, tier: number): boolean {
  if (slice.startsWith('tier-')) return tier === Number(slice.at(-1));
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
