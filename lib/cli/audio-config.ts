import type { ConfigInput } from '../pipeline/index.js';

/** The config of the synthetic audio platform that `cohear synth` writes, its files in the config's folder. */
export const audioConfig: ConfigInput = {
  events: {
    file: 'events.parquet',
    columns: { user: 'user_id', item: 'item_id', time: 'ts', kind: 'kind', type: 'item_type' },
    kinds: { stream: 'strong', follow: 'weak', preview: 'weak', intent_to_pay: 'weak' },
  },
  items: {
    file: 'items.parquet',
    columns: {
      item: 'item_id',
      type: 'item_type',
      title: 'title',
      description: 'description',
      categories: ['language', 'genre'],
    },
  },
  users: { file: 'users.parquet', columns: { user: 'user_id', categories: ['country'], numbers: ['age'] } },
};
