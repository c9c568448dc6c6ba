import type { Histories } from '../events/types.js';
import { addon } from '../native/index.js';
import type { LongWork } from '../progress/index.js';
import { watched } from '../progress/watch.js';
import { ItemGraph } from './item-graph.js';
import { type PruneOptions, pruneArguments } from './prune.js';

/** What a graph is built from: per-user items in time order. Strong events only, if edges should mean taste. */
export type GraphHistories = Pick<Histories, 'offsets' | 'item' | 'time'>;

export interface BuildGraphOptions extends LongWork {
  /** Most recent distinct items that a user counts with; a user adds its square in pairs (default 0 = all). */
  readonly maxHistory?: number | undefined;
  /** Edges with fewer shared users are left out (default 1). */
  readonly minCount?: number | undefined;
  /** Scores and prunes while building: the result of prune() without ever holding the whole graph. */
  readonly prune?: PruneOptions | undefined;
}

/**
 * The co-interaction graph: items i and j are neighbours where at least one user interacted with both.
 * One relation per ordered pair of item types, symmetric (unless pruned), no self-loops; per edge the number
 * of shared users and the maximum over them of the later of their two events. An item that a user comes back
 * to counts once, at its latest time. The result is the same at any number of threads.
 *
 * @param catalogue size of the catalogue by its type offsets
 * @throws CohearError ERR_RANGE for an item outside the catalogue, ERR_SHAPE for arrays that do not fit each
 *   other, ERR_VALUE for offsets or times that fall, ERR_CANCELLED
 */
export async function buildItemGraph(
  histories: GraphHistories,
  catalogue: { readonly typeOffsets: Uint32Array },
  options: BuildGraphOptions = {},
): Promise<ItemGraph> {
  const { typeOffsets } = catalogue;
  const { maxHistory = 0, minCount = 1 } = options;
  const handle = await watched(options, 'graph', typeOffsets.at(-1) ?? 0, 'items', (watch) =>
    addon.buildGraph(
      { offsets: histories.offsets, items: histories.item, times: histories.time },
      typeOffsets,
      { maxHistory, minCount, ...(options.prune && { prune: pruneArguments(options.prune) }) },
      watch,
    ),
  );
  return new ItemGraph(handle);
}
