import { require } from '../errors/index.js';
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
  /**
   * A weight per event, 0 or more (default 1 each); of an item that a user comes back to the greatest counts.
   * Needs `prune`: a user then adds w_i w_j to the c of its scores, and w_i² to n_i. Counts stay numbers of users.
   */
  readonly weights?: Float32Array | undefined;
  /**
   * Seconds after which a shared user counts half in the scores: an event's weight is multiplied by
   * 2^(−age / (2 halfLife)), so a pair decays with the mean age of its two events. Needs `prune`.
   */
  readonly halfLife?: number | undefined;
  /** What ages count from, in seconds like the times (default: the last event). */
  readonly now?: number | undefined;
  /**
   * Writes the graph into this file, as save() would, and opens it from there: it is never held in memory. The
   * folder must have room for the graph twice.
   */
  readonly file?: string | undefined;
  /**
   * With `file`: bytes of native memory that building may take (default 1 GB). The histories themselves are not
   * counted; about 16 to 32 bytes per event of it are needed for working arrays.
   */
  readonly memoryBudget?: number | undefined;
}

/**
 * The co-interaction graph: items i and j are neighbours where at least one user interacted with both.
 * One relation per ordered pair of item types, symmetric (unless pruned), no self-loops; per edge the number
 * of shared users and the maximum over them of the later of their two events. An item that a user comes back
 * to counts once, at its latest time. The result is the same at any number of threads.
 *
 * Arrays are copied for the background work, unless they lie over a SharedArrayBuffer: worth it for more than
 * some ten million events.
 *
 * @param catalogue size of the catalogue by its type offsets
 * @throws CohearError ERR_RANGE for an item outside the catalogue, ERR_SHAPE for arrays that do not fit each
 *   other, ERR_VALUE for offsets or times that fall, weights that are negative, or weights and halfLife without
 *   prune; ERR_MEMORY for a budget below the working arrays, ERR_IO for a file that cannot be written,
 *   ERR_CANCELLED
 */
export async function buildItemGraph(
  histories: GraphHistories,
  catalogue: { readonly typeOffsets: Uint32Array },
  options: BuildGraphOptions = {},
): Promise<ItemGraph> {
  const { typeOffsets } = catalogue;
  const { maxHistory = 0, minCount = 1, weights, halfLife, file, memoryBudget } = options;
  require(halfLife === undefined || halfLife > 0, 'ERR_RANGE', () =>
    `halfLife is ${halfLife}, want a number of seconds above 0`);
  require(file !== undefined || memoryBudget === undefined, 'ERR_VALUE', 'memoryBudget goes with file only');
  const handle = await watched(options, 'graph', typeOffsets.at(-1) ?? 0, 'items', (watch) =>
    addon.buildGraph(
      {
        offsets: histories.offsets,
        items: histories.item,
        times: histories.time,
        ...(weights && { weights }),
      },
      typeOffsets,
      {
        maxHistory,
        minCount,
        halfLife: halfLife ?? 0,
        now: options.now ?? (halfLife === undefined ? 0 : lastOf(histories.time)),
        ...(options.prune && { prune: pruneArguments(options.prune) }),
        ...(file !== undefined && { file: { path: file, memory: memoryBudget ?? 1e9 } }),
      },
      watch,
    ),
  );
  // Nobody else has written to the file.
  return handle ? new ItemGraph(handle) : ItemGraph.open(file!, { check: 'structure' });
}

function lastOf(times: Float64Array): number {
  let last = Number.NEGATIVE_INFINITY;
  for (const time of times) if (time > last) last = time;
  return Number.isFinite(last) ? last : 0;
}
