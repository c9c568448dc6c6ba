import { nativeRows, type Rows, rowReader } from '../../artifacts/index.js';
import { require } from '../../errors/index.js';
import { dotScores } from '../../retrieval/index.js';
import type { Recommender, SystemName } from '../types.js';

export interface VectorRecommenderOptions {
  /** [users, d]; a user with zeros has every item tied, but for the bias. */
  readonly userVectors: Rows;
  /** [items, d] */
  readonly itemVectors: Rows;
  /** Added to every user's score of an item. [items] */
  readonly itemBias?: Float32Array;
}

/**
 * Scores item i for user u by u . i (+ bias_i): the score of llm-knn, hgnn-knn and the two-tower systems.
 * @throws CohearError ERR_SHAPE when the sizes do not fit each other
 */
export function vectorRecommender(
  name: SystemName,
  { userVectors, itemVectors, itemBias }: VectorRecommenderOptions,
): Recommender {
  const { cols } = userVectors;
  require(itemVectors.cols === cols, 'ERR_SHAPE', () =>
    `${name}: user vectors have ${cols} dimensions, item vectors ${itemVectors.cols}`);
  require(itemBias === undefined || itemBias.length === itemVectors.rows, 'ERR_SHAPE', () =>
    `${name}: ${itemBias?.length} biases for ${itemVectors.rows} items`);
  return {
    name,
    async score(users, out) {
      const queries = new Float32Array(users.length * cols);
      const vector = rowReader(userVectors);
      users.forEach((user, k) => {
        require(user < userVectors.rows, 'ERR_RANGE', () =>
          `${name}: user ${user} has no vector; there are ${userVectors.rows}`);
        queries.set(vector(user), k * cols);
      });
      await dotScores({
        queries,
        items: nativeRows(itemVectors),
        dimensions: cols,
        ...(itemBias && { bias: itemBias }),
        out,
      });
    },
  };
}
