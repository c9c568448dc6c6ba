import type { Judged, Recommender } from '../../lib/evaluation/index.js';
import { type Catalogue, type Histories, makeCatalogue } from '../../lib/events/index.js';
import { below, permutation, uniform } from '../../lib/random/index.js';

/** A catalogue of the given number of items of types t0, t1, ... */
export function catalogueOf(...sizes: number[]): Catalogue {
  const offsets = [0];
  for (const size of sizes) offsets.push(offsets.at(-1)! + size);
  return makeCatalogue({
    ids: Array.from({ length: offsets.at(-1)! }, (_, i) => `item${i}`),
    types: sizes.map((_, t) => `t${t}`),
    typeOffsets: Uint32Array.from(offsets),
  });
}

/** Histories of item lists, event e of a user at time e. */
export function historiesOf(lists: readonly (readonly number[])[]): Histories {
  const offsets = [0n];
  for (const list of lists) offsets.push(offsets.at(-1)! + BigInt(list.length));
  return {
    users: lists.length,
    offsets: BigUint64Array.from(offsets),
    item: Uint32Array.from(lists.flat()),
    kind: new Uint8Array(lists.flat().length),
    time: Float64Array.from(lists.flatMap((list) => list.map((_, e) => e))),
  };
}

export function judgedOf(pairs: readonly (readonly [number, number])[]): Judged {
  return {
    user: Uint32Array.from(pairs, ([user]) => user),
    item: Uint32Array.from(pairs, ([, item]) => item),
  };
}

/** A system with the score of (user, item) given by a function. */
export function systemOf(
  name: string,
  items: number,
  score: (user: number, item: number) => number,
): Recommender {
  return {
    name,
    score(users, out) {
      users.forEach((user, k) => {
        for (let item = 0; item < items; item++) out[k * items + item] = score(user, item);
      });
    },
  };
}

export interface Platform {
  readonly catalogue: Catalogue;
  readonly lists: readonly (readonly number[])[];
  readonly history: Histories;
  readonly judged: Judged;
}

/** A small random platform with users and items of every tier, some users with nothing judged, some with no history. */
export function randomPlatform(seed: number, users: number, ...sizes: number[]): Platform {
  const catalogue = catalogueOf(...sizes);
  const n = catalogue.size;
  const lists: number[][] = [];
  const pairs: [number, number][] = [];
  for (let user = 0; user < users; user++) {
    const order = permutation(n, seed, user);
    const length = below(8, seed, user, 1);
    // A skew towards small rows makes some items warm, some tail and some cold.
    const list = Array.from(order.subarray(0, length), (item, e) =>
      Math.floor(item * uniform(seed, user, 2, e)),
    );
    lists.push(list);
    const own = Array.from(order.subarray(length, length + below(6, seed, user, 3))).filter(
      (item) => !list.includes(item),
    );
    for (const item of own.sort((a, b) => a - b)) pairs.push([user, item]);
  }
  return { catalogue, lists, history: historiesOf(lists), judged: judgedOf(pairs) };
}
