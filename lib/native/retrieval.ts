import type { RowFileHandle } from './tensor.js';

/** Lists of rows, one per query or user: list u is rows[offsets[u] .. offsets[u + 1]), sorted. */
export interface RowLists {
  readonly offsets: BigUint64Array;
  readonly rows: Uint32Array;
}

export interface TopKArguments {
  readonly queries: Float32Array;
  readonly items: Float32Array | RowFileHandle;
  readonly dimensions: number;
  readonly k: number;
  readonly begin: number;
  readonly end: number;
  readonly excluded?: RowLists;
}

export interface TopKResult {
  /** Width of the lists: the k asked for, or the rows searched if they are fewer. */
  readonly k: number;
  /** [queries, k] item rows, best first; NO_ROW past the end of a list. */
  readonly rows: Uint32Array;
  /** [queries, k] inner products; -Infinity past the end of a list. */
  readonly scores: Float32Array;
  /** [queries] length of each list. */
  readonly counts: Uint32Array;
}

export interface RankArguments {
  readonly scores: Float32Array;
  readonly size: number;
  readonly excluded: RowLists;
  readonly judged: RowLists;
  readonly begin: number;
  readonly end: number;
  readonly candidates?: Uint8Array;
  readonly k: number;
}

export interface RankResult {
  /** Rank of each judged row, parallel to judged.rows; NaN where the row is no candidate. */
  readonly ranks: Float64Array;
  /** [users, k] item rows, best first, ties to the lower row; NO_ROW past the end of a list. */
  readonly top: Uint32Array;
  /** [users] length of each top list. */
  readonly counts: Uint32Array;
}

export interface ScoreArguments {
  readonly queries: Float32Array;
  readonly items: Float32Array | RowFileHandle;
  readonly dimensions: number;
  readonly bias?: Float32Array;
  readonly out: Float32Array;
}

/** Exports of native/node/retrieval*.cc. */
export interface RetrievalAddon {
  topK(search: TopKArguments, watch?: Int32Array): Promise<TopKResult>;
  topKSync(search: TopKArguments, watch?: Int32Array): TopKResult;
  rankJudged(ranking: RankArguments): Promise<RankResult>;
  rankJudgedSync(ranking: RankArguments): RankResult;
  dotScores(scoring: ScoreArguments): Promise<void>;
}
