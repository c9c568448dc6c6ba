/** The systems that a run can judge, simplest first. */
export const SYSTEM_NAMES = [
  'popularity',
  'popularity-7d',
  'popularity-14d',
  'popularity-90d',
  'llm-knn',
  'item-knn',
  'ease',
  'gf-cf',
  'als',
  'bpr',
  'hgnn-knn',
  'hgnn-w-users',
  '2t',
  '2t-hgnn-per-type',
  '2t-hgnn',
] as const;

/** The systems that a run judges unless it is told which. */
export const DEFAULT_SYSTEMS = [
  'popularity',
  'popularity-7d',
  'popularity-14d',
  'popularity-90d',
  'llm-knn',
  'item-knn',
  'hgnn-knn',
  '2t',
  '2t-hgnn',
] as const satisfies readonly (typeof SYSTEM_NAMES)[number][];

/** The systems that a run can judge. */
export type SystemName = (typeof SYSTEM_NAMES)[number];

/** Anything that can score the whole catalogue for users. */
export interface Recommender {
  /** One of SYSTEM_NAMES for the systems that a run knows. */
  readonly name: string;
  /**
   * Writes the score of every catalogue row for every user of `users` into `out`, row-major
   * [users.length, catalogue.size]. Higher is better; equal scores share a rank. Scores of different item
   * types are comparable.
   */
  score(users: Uint32Array, out: Float32Array): void | Promise<void>;
}

/** Users of a scope: warm have an event of the scope in their history, cold have none. */
export type UserSlice = 'all' | 'warm' | 'cold';
/**
 * Judged items by the number of users whose history holds them: warm >= 1, tail 1 to 5, cold 0; and the warm ones in
 * five tiers of popularity, `tierOf`.
 */
export type ItemSlice = 'all' | 'warm' | 'tail' | 'cold' | Tier;
/** Tier 1 are the most popular items of a type; each tier has a fifth of the type's (user, item) pairs. */
export type Tier = 'tier-1' | 'tier-2' | 'tier-3' | 'tier-4' | 'tier-5';
/** What a judged item is ranked among: the scope's items less the user's history, or only the cold ones. */
export type CandidatePool = 'all' | 'cold';

/** The metrics that are means over users, unless others are asked for. */
export const METRICS = ['hr@10', 'mrr', 'ndcg@10', 'recall@20'] as const;
/** The figures of the lists alone, unless others are asked for. */
export const LIST_METRICS = ['coverage@10', 'novelty@10', 'popularity@10', 'diversity@10'] as const;

/** A part of the judged pairs that is measured by itself. */
export interface Slice {
  /** "all" (one ranking over the union of types) or the name of an item type. */
  readonly scope: string;
  readonly users: UserSlice;
  readonly items: ItemSlice;
  readonly candidates: CandidatePool;
}

/** A mean over users with its 95 % bootstrap interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface SystemResult extends Slice {
  readonly name: string;
  /** Users with at least one judged item in the slice. */
  readonly n_users: number;
  /** By name; list metrics have a value alone. */
  readonly metrics: Readonly<Record<string, Figure>>;
}

/** A mean over users with its interval, or a figure without one. */
export type Figure = Pick<Interval, 'value'> & Partial<Interval>;

/** The mean of `a` less that of `b` over the same users, with its 95 % interval over the same resamples. */
export interface PairedResult extends Slice {
  readonly a: string;
  readonly b: string;
  readonly metric: string;
  readonly difference: number;
  readonly low: number;
  readonly high: number;
}

/** What `evaluate` gives: one entry per system and slice that has users, and per pair of systems. */
export interface Evaluation {
  readonly systems: readonly SystemResult[];
  readonly paired: readonly PairedResult[];
}

/** (user, item) pairs that count as relevant, sorted by (user, item), each once, none in the history. */
export interface Judged {
  readonly user: Uint32Array;
  readonly item: Uint32Array;
}
