import { type Matrix, nativeRows, type Rows, RowTable } from '../artifacts/index.js';
import { require } from '../errors/index.js';
import { addon } from '../native/index.js';
import type { RowLists, TopKArguments, TopKResult } from '../native/retrieval.js';
import type { LongWork } from '../progress/index.js';
import { watched } from '../progress/watch.js';

/** Fills the places of a list that found fewer items than asked for. */
export const NO_ROW = 0xffffffff;

export interface TopKOptions {
  /** Items wanted per query (default 10). */
  readonly k?: number | undefined;
  /** Rows to search, [begin, end): an item type, for instance (default all). */
  readonly range?: readonly [begin: number, end: number] | undefined;
  /** Rows to leave out, a sorted list per query: what a user has seen, for instance. */
  readonly excluded?: RowLists | undefined;
}

const STRETCH = 16_384;
const BLOCK = 48;

/**
 * Exact retrieval by inner product: for each row of `queries` [q, d] the k rows of `items` [n, d] with the
 * highest dot product, best first, ties to the lower row. Every dot product is summed in order of dimensions
 * in 32-bit floats, so the result is the same at any number of threads and on any machine.
 *
 * Arrays are copied for the background work, unless they lie over a SharedArrayBuffer or in a file (RowTable):
 * worth it for items of more than some 100 MB. Rows kept in fewer bits score as their decoded numbers.
 * @throws CohearError ERR_SHAPE for matrices of different widths; ERR_RANGE for k = 0, a range outside the
 *   items or an excluded row outside them; ERR_VALUE for NaN, infinities, or lists that are not sorted;
 *   ERR_CANCELLED
 */
export async function topK(
  queries: Matrix,
  items: Rows,
  options: TopKOptions & LongWork = {},
): Promise<TopKResult> {
  const search = topKArguments(queries, items, options);
  const stretches = Math.ceil(Math.max(0, search.end - search.begin) / STRETCH);
  const total = stretches * Math.ceil(queries.rows / BLOCK);
  return watched(options, 'top-k', total, 'blocks', (watch) => addon.topK(search, watch));
}

/** {@link topK}, on the calling thread's time: for a handful of queries. */
export function topKSync(queries: Matrix, items: Rows, options: TopKOptions = {}): TopKResult {
  return addon.topKSync(topKArguments(queries, items, options));
}

function topKArguments(queries: Matrix, items: Rows, options: TopKOptions): TopKArguments {
  require(queries.cols === items.cols, 'ERR_SHAPE', () =>
    `queries have ${queries.cols} dimensions, items ${items.cols}; want the same`);
  for (const [name, m] of Object.entries({ queries, items })) {
    if (m instanceof RowTable) continue;
    require(m.data.length === m.rows * m.cols, 'ERR_SHAPE', () =>
      `${name}: ${m.data.length} numbers, want ${m.rows} x ${m.cols}`);
  }
  const [begin, end] = options.range ?? [0, items.rows];
  const { k = 10, excluded } = options;
  return {
    queries: queries.data,
    items: nativeRows(items),
    dimensions: queries.cols,
    k,
    begin,
    end,
    ...(excluded && { excluded }),
  };
}
