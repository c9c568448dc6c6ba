import { require } from '../errors/index.js';
import type { Histories } from '../events/index.js';
import { seenItems } from './judged.js';

/** The distinct items of each user, sorted: the rows of the interaction matrix. */
export interface Interactions {
  readonly users: number;
  readonly items: number;
  /** users + 1 */
  readonly offsets: BigUint64Array;
  readonly indices: Uint32Array;
}

/**
 * What each user took, as the rows of a 0/1 matrix [users, items].
 * @throws CohearError ERR_RANGE for an item row of `items` or more
 */
export function interactionsOf(history: Histories, items: number): Interactions {
  const offsets = new BigUint64Array(history.users + 1);
  const indices = new Uint32Array(new SharedArrayBuffer(history.item.length * 4)); // native calls do not copy it
  let n = 0;
  for (let user = 0; user < history.users; user++) {
    const first = n;
    for (const item of seenItems(history, user).slice().sort()) {
      require(item < items, 'ERR_RANGE', () =>
        `the history of user ${user} holds item ${item}; there are ${items}`);
      if (n === first || indices[n - 1] !== item) indices[n++] = item;
    }
    offsets[user + 1] = BigInt(n);
  }
  return { users: history.users, items, offsets, indices: indices.subarray(0, n) };
}
