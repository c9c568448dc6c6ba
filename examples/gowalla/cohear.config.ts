// Gowalla check-ins, the split of NGCF and LightGCN: one item type, no texts, no times, a test file of its own.
// COHEAR_SHARED is the folder that holds data/gowalla.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'cohear';

const shared = process.env.COHEAR_SHARED ?? fileURLToPath(new URL('../../../shared', import.meta.url));

export default defineConfig({
  events: {
    file: `${shared}/data/gowalla/train.parquet`,
    test: `${shared}/data/gowalla/test.parquet`,
    columns: { user: 'user_id', item: 'item_id', time: '0' },
  },
  split: { by: 'given' },
  graph: { maxHistory: null },
  knn: { neighbours: 1000, shrinkage: 2, userWeights: 'inverse' },
  evaluation: {
    metrics: ['recall@20', 'ndcg@20', 'hr@10', 'mrr', 'coverage@10', 'novelty@10'],
    systems: ['popularity', 'item-knn', 'ease', 'gf-cf', 'als', 'bpr'],
  },
});
