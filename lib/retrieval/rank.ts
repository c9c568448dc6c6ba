import { addon } from '../native/index.js';
import type { RankArguments, RankResult, RowLists } from '../native/retrieval.js';

export interface RankOptions {
  /** Row-major scores [users, size]. */
  readonly scores: Float32Array;
  /** Items of the catalogue. */
  readonly size: number;
  /** Per user the rows that are not recommended (the history), sorted. */
  readonly excluded: RowLists;
  /** Per user the rows to be ranked (what the user went on to take), sorted. */
  readonly judged: RowLists;
  /** Candidate rows, [begin, end): an item type, for instance (default all). */
  readonly range?: readonly [begin: number, end: number] | undefined;
  /** Further narrows the candidates: 1 or 0 per item. */
  readonly candidates?: Uint8Array | undefined;
  /** Length of the top lists (default 10). */
  readonly k?: number | undefined;
}

/**
 * Full ranking of what users went on to take. A user's candidates are the rows of the range that the mask
 * allows, less the user's excluded rows; a judged row stays a candidate even where it is excluded. Then
 *
 *   rank(j) = 1 + #{candidates scored above j} + ½ #{other candidates scored as j}
 *
 * and NaN for a judged row outside the range or the mask. Also gives each user's k best candidates, ties to
 * the lower row. The arrays are copied for the background work, unless over a SharedArrayBuffer.
 * @throws CohearError ERR_VALUE for a NaN score or lists that are not sorted, ERR_SHAPE for arrays that do not
 *   fit each other, ERR_RANGE for k = 0 or rows outside the catalogue
 */
export async function rankJudged(options: RankOptions): Promise<RankResult> {
  return addon.rankJudged(rankArguments(options));
}

/** {@link rankJudged} on the calling thread's time, without copies. */
export function rankJudgedSync(options: RankOptions): RankResult {
  return addon.rankJudgedSync(rankArguments(options));
}

function rankArguments({ range, candidates, k = 10, ...rest }: RankOptions): RankArguments {
  const [begin, end] = range ?? [0, rest.size];
  return { ...rest, begin, end, k, ...(candidates && { candidates }) };
}
