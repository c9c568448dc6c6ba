// Amazon reviews of food and kitchenware by the same 7,144 users: two item types, titles, timestamps.
// COHEAR_SHARED is the folder that holds data/food-kitchen and models/all-MiniLM-L6-v2.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'cohear';

const shared = process.env.COHEAR_SHARED ?? fileURLToPath(new URL('../../../shared', import.meta.url));

export default defineConfig({
  events: {
    file: `${shared}/data/food-kitchen/events.parquet`,
    columns: { user: 'user_id', item: 'item_id', time: 'ts', type: 'item_type' },
  },
  items: {
    file: `${shared}/data/food-kitchen/items.parquet`,
    columns: { item: 'item_id', type: 'item_type', title: 'title' },
  },
  split: { validation: 0.8, test: 0.9 },
  text: { encoder: { onnx: `${shared}/models/all-MiniLM-L6-v2` }, template: '{title}' },
  // Chosen on the validation window; docs/method.md says what the losses are.
  hgnn: { loss: 'softmax', negatives: 1, epochs: 10, stepsPerEpoch: 100 },
});
