/** The systems that a run can judge. */
export type SystemName =
  | 'popularity'
  | 'popularity-7d'
  | 'popularity-14d'
  | 'popularity-90d'
  | 'llm-knn'
  | 'item-knn'
  | 'hgnn-knn'
  | '2t'
  | '2t-hgnn';

/** Anything that can score the whole catalogue for users. */
export interface Recommender {
  readonly name: SystemName;
  /**
   * Writes the score of every catalogue row for every user of `users` into `out`, row-major
   * [users.length, catalogue.size]. Higher is better; equal scores share a rank. Scores of different item
   * types are comparable.
   */
  score(users: Uint32Array, out: Float32Array): void | Promise<void>;
}
