import type { Catalogue, Histories } from '../events/index.js';
import { seenItems } from './judged.js';
import { historyCounts, inItemSlice, inUserSlice, popularityTiers, warmUsers } from './tiers.js';
import type { CandidatePool, ItemSlice, Judged, Slice, UserSlice } from './types.js';

/** The judged users, their pairs and what is known of both before any system is asked. */
export interface Population {
  /** User rows, ascending. */
  readonly users: Uint32Array;
  /** Pairs of users[k] are offsets[k] .. offsets[k + 1]). */
  readonly offsets: BigUint64Array;
  readonly item: Uint32Array;
  /** Items in the history of users[k], sorted: seen[seenOffsets[k]] .. seen[seenOffsets[k + 1]). */
  readonly seenOffsets: BigUint64Array;
  readonly seen: Uint32Array;
  /** Users per item in the history. */
  readonly counts: Uint32Array;
  /** 1 for items that no history holds. */
  readonly cold: Uint8Array;
  /** Tier of each item, 1 to 5; 0 for cold ones. */
  readonly tiers: Uint8Array;
}

/** A slice with the users and pairs that fall in it. */
export interface Members {
  readonly slice: Slice;
  /** 0 for all types, t + 1 for type t. */
  readonly scopeIndex: number;
  /** Places in Population.users. */
  readonly users: Uint32Array;
  /** Pairs of users[k] are pairs[offsets[k]] .. pairs[offsets[k + 1]): places in Population.item. */
  readonly offsets: Uint32Array;
  readonly pairs: Uint32Array;
}

export function populationOf(judged: Judged, history: Histories, catalogue: Catalogue): Population {
  const users: number[] = [];
  const offsets: bigint[] = [];
  judged.user.forEach((user, i) => {
    if (user === users.at(-1)) return;
    users.push(user);
    offsets.push(BigInt(i));
  });
  offsets.push(BigInt(judged.user.length));
  const seenOffsets = new BigUint64Array(users.length + 1);
  const lists = users.map((user) => seenItems(history, user));
  for (const [k, list] of lists.entries()) seenOffsets[k + 1] = seenOffsets[k]! + BigInt(list.length);
  const seen = new Uint32Array(Number(seenOffsets[users.length]!));
  for (const [k, list] of lists.entries()) seen.set(list.slice().sort(), Number(seenOffsets[k]!));
  const counts = historyCounts(history, catalogue.size);
  return {
    users: Uint32Array.from(users),
    offsets: BigUint64Array.from(offsets),
    item: judged.item,
    seenOffsets,
    seen,
    counts,
    cold: Uint8Array.from(counts, (count) => (count === 0 ? 1 : 0)),
    tiers: popularityTiers(counts, catalogue),
  };
}

const USERS: readonly UserSlice[] = ['all', 'warm', 'cold'];
const ITEMS: readonly (readonly [ItemSlice, CandidatePool])[] = [
  ['all', 'all'],
  ['warm', 'all'],
  ['tail', 'all'],
  ['cold', 'all'],
  ['cold', 'cold'], // a closed catalogue gives "never seen" away: cold items also among themselves
];
const TIERS = [1, 2, 3, 4, 5].map((tier) => [`tier-${tier}` as ItemSlice, 'all'] as const);

/** Every slice that has a user, in the order of the scopes, users, items and candidates. */
export function slicesOf(catalogue: Catalogue, history: Histories, population: Population): Members[] {
  const warm = warmUsers(catalogue, history, population.users);
  const types = Uint32Array.from(population.item, (item) => catalogue.typeOf(item));
  const result: Members[] = [];
  for (const [scopeIndex, scope] of ['all', ...catalogue.types].entries())
    for (const users of USERS)
      for (const [items, candidates] of users === 'all' ? [...ITEMS, ...TIERS] : ITEMS) {
        const wantedUser = (k: number) => inUserSlice(users, warm[scopeIndex]![k]!);
        const wantedPair = (p: number) =>
          (scopeIndex === 0 || types[p] === scopeIndex - 1) &&
          inItemSlice(items, population.counts[population.item[p]!]!, population.tiers[population.item[p]!]!);
        const members = select(population, wantedUser, wantedPair);
        if (members.users.length > 0)
          result.push({ slice: { scope, users, items, candidates }, scopeIndex, ...members });
      }
  return result;
}

/** The users and pairs that are wanted; a user left without a pair is left out. */
function select(
  { users, offsets }: Population,
  wantedUser: (k: number) => boolean,
  wantedPair: (p: number) => boolean,
): Pick<Members, 'users' | 'offsets' | 'pairs'> {
  const places: number[] = [];
  const starts: number[] = [];
  const pairs: number[] = [];
  for (let k = 0; k < users.length; k++) {
    if (!wantedUser(k)) continue;
    const before = pairs.length;
    for (let p = Number(offsets[k]!); p < Number(offsets[k + 1]!); p++) if (wantedPair(p)) pairs.push(p);
    if (pairs.length === before) continue;
    places.push(k);
    starts.push(before);
  }
  starts.push(pairs.length);
  return {
    users: Uint32Array.from(places),
    offsets: Uint32Array.from(starts),
    pairs: Uint32Array.from(pairs),
  };
}
