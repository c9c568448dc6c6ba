// A synthetic audio platform: `npx cohear synth --out runs/audio-data` makes the tables that this reads.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'cohear';

const data = process.env.AUDIO_DATA ?? fileURLToPath(new URL('../../runs/audio-data', import.meta.url));

export default defineConfig({
  events: {
    file: `${data}/events.parquet`,
    columns: { user: 'user_id', item: 'item_id', time: 'ts', kind: 'kind', type: 'item_type' },
    kinds: { stream: 'strong', follow: 'weak', preview: 'weak', intent_to_pay: 'weak' },
  },
  items: {
    file: `${data}/items.parquet`,
    columns: {
      item: 'item_id',
      type: 'item_type',
      title: 'title',
      description: 'description',
      categories: ['language', 'genre'],
    },
  },
  users: {
    file: `${data}/users.parquet`,
    columns: { user: 'user_id', categories: ['country'], numbers: ['age'] },
  },
  text: { encoder: 'hashing', template: '{title}. {description}' },
});
