import { type Matrix, matrix, type Rows, rowReader } from '../artifacts/index.js';
import { CohearError, require } from '../errors/index.js';
import type { EventLog } from '../events/index.js';
import type { LongWork } from '../progress/index.js';
import { below, derive, permutation, type Seed } from '../random/index.js';
import { topK } from '../retrieval/index.js';

export interface NeighbourHitsOptions {
  /** Items asked for their neighbours, drawn evenly. Default 10,000, or all where there are fewer. */
  readonly ask?: number | undefined;
  /** Neighbours of each. Default 10. */
  readonly k?: number | undefined;
  readonly seed?: Seed | undefined;
}

/** How often items that are near in words were taken by the same person. */
export interface NeighbourHits {
  /** Items with a vector of words, among which neighbours are sought. */
  readonly items: number;
  readonly asked: number;
  readonly k: number;
  /** Share of neighbours that share a user with the item asked for. */
  readonly hitRate: number;
  /** Share of items asked for that have such a neighbour at all. */
  readonly anyHit: number;
  /** The hit rate of neighbours drawn at random. */
  readonly chance: number;
}

/** Distinct users of each item, ascending. */
function itemUsers(log: EventLog, items: number): Uint32Array[] {
  const sets = Array.from({ length: items }, () => new Set<number>());
  for (let e = 0; e < log.length; e++) sets[log.item[e]!]!.add(log.user[e]!);
  return sets.map((users) => Uint32Array.from(users));
}

/**
 * What text alone says about taste, without training: of the `rows` (items with words), some are asked for their k
 * nearest by dot product, and a neighbour counts when some user has events with both. Other offers of the very same
 * thing often share no user, and count as misses.
 * @param vectors one per catalogue row
 * @param rows the catalogue rows with words
 * @throws CohearError ERR_VALUE where fewer than two items have words; ERR_CANCELLED
 */
export async function neighbourHits(
  vectors: Rows,
  rows: Uint32Array,
  log: EventLog,
  options: NeighbourHitsOptions & LongWork = {},
): Promise<NeighbourHits> {
  const { ask = 10_000, seed = 1, signal, onProgress } = options;
  require(rows.length >= 2, 'ERR_VALUE', () =>
    `want at least two items with words to compare, got ${rows.length}; does text.template name the right columns?`);
  const k = Math.min(options.k ?? 10, rows.length - 1);
  const stream = derive(seed, 'text neighbours');
  const asked = permutation(rows.length, stream).subarray(0, Math.min(ask, rows.length)).toSorted();
  const items = gather(vectors, rows);
  const queries = gather(items, asked);
  const found = await topK(queries, items, {
    k,
    excluded: {
      offsets: BigUint64Array.from({ length: asked.length + 1 }, (_, i) => BigInt(i)),
      rows: asked,
    },
    signal,
    onProgress,
  });
  if (signal?.aborted) throw new CohearError('ERR_CANCELLED', 'the comparison of texts was stopped');

  const users = itemUsers(log, vectors.rows);
  const of = new Int32Array(log.user.reduce((most, user) => Math.max(most, user), 0) + 1).fill(-1);
  let [hits, any, chance] = [0, 0, 0];
  asked.forEach((place, q) => {
    for (const user of users[rows[place]!]!) of[user] = q;
    const shares = (neighbour: number) => users[rows[neighbour]!]!.some((user) => of[user] === q);
    let own = 0;
    for (let j = 0; j < k; j++) {
      if (shares(found.rows[q * k + j]!)) own++;
      const drawn = below(rows.length - 1, stream, place, j);
      if (shares(drawn < place ? drawn : drawn + 1)) chance++;
    }
    hits += own;
    if (own > 0) any++;
  });
  const total = asked.length * k;
  return {
    items: rows.length,
    asked: asked.length,
    k,
    hitRate: hits / total,
    anyHit: any / asked.length,
    chance: chance / total,
  };
}

function gather(from: Rows, rows: Uint32Array): Matrix {
  const out = matrix(rows.length, from.cols);
  const read = rowReader(from);
  rows.forEach((r, i) => {
    out.data.set(read(r), i * from.cols);
  });
  return out;
}
