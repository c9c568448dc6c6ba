import type { Rows } from '../../artifacts/index.js';
import {
  type EvaluateOptions,
  evaluateSimilar,
  itemKnn,
  type Judged,
  ownItem,
  popularity,
  type Recommender,
  type SimilarEvaluation,
  type SystemName,
  vectorRecommender,
} from '../../evaluation/index.js';
import { directions } from '../directions.js';
import type { Known } from './recommenders.js';

/**
 * Similar items by the judged systems that have them; undefined where there are none, or where nobody took two items
 * in the window. Popularity is there as what needs no similarity.
 */
export async function similarOf(
  names: readonly SystemName[],
  { dataset: { catalogue, log }, inputs, cut, knnGraph }: Known,
  protocol: Omit<EvaluateOptions, 'systems'>,
): Promise<SimilarEvaluation | undefined> {
  const space = (name: SystemName, items: Rows) =>
    vectorRecommender(name, { userVectors: items, itemVectors: items });
  const systems: Recommender[] = [];
  for (const name of names) {
    if (name === 'llm-knn') systems.push(space(name, await inputs.text()));
    if (name === 'hgnn-knn') systems.push(space(name, await (await inputs.embeddings()).at('serving')));
    if (name === 'item-knn')
      systems.push(itemKnn({ graph: await knnGraph(), history: ownItem(catalogue.size) }));
    if (name === '2t') systems.push(space(name, directions((await inputs.twoTowerText()).items)));
    if (name === '2t-hgnn') systems.push(space(name, directions((await inputs.twoTower()).items)));
  }
  if (systems.length === 0 || !together(protocol.judged)) return undefined;
  const recent = popularity({ name: 'popularity-14d', log, items: catalogue.size, cut, days: 14 });
  const { onProgress } = protocol;
  return evaluateSimilar({
    ...protocol,
    systems: [recent, ...systems],
    onProgress: onProgress && ((event) => onProgress({ ...event, task: `similar items: ${event.task}` })),
  });
}

/** Whether some user took two items. */
const together = ({ user }: Judged) => user.some((one, i) => i > 0 && one === user[i - 1]);
