import { homedir } from 'node:os';
import { join } from 'node:path';
import { RowTable, writeAtomic } from '../../artifacts/index.js';
import { encodeToFile, makeEncoder, TEXT_ROWS } from '../../text/index.js';
import type { Config } from '../config/index.js';
import { defineStage } from '../stage.js';
import { catalogueTexts } from '../texts.js';
import { eventsStage } from './events.js';

/** Where encoded rows are kept, for all runs of this user. */
export const textCacheFolder = (): string =>
  process.env.COHEAR_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'cohear', 'text');

const FILE = 'text.safetensors';

/** One vector per item from its words, in a mapped file; items without words have zeros. */
export const textStage = defineStage({
  name: 'text',
  version: '2',
  needs: { events: eventsStage },
  slice: ({ text, folder }: Config) => ({ text, folder }),
  identity: ({ text: { template, storage, describe } }) => ({
    template,
    ...(storage !== 'f32' && { storage }),
    ...(describe && {
      describe: {
        endpoint: describe.endpoint,
        model: describe.model,
        prompt: describe.prompt,
        instructions: describe.instructions,
        maxAnswerTokens: describe.maxAnswerTokens,
      },
    }),
  }),
  external: async ({ text, folder }) => {
    const encoder = await makeEncoder(text, folder);
    try {
      return encoder.fingerprint;
    } finally {
      await encoder.close?.();
    }
  },
  async run(context) {
    const { text, folder } = context.config;
    const { catalogue } = await context.inputs.events();
    const { texts, empty, described } = await catalogueTexts(text, catalogue, {
      folder: textCacheFolder(),
      onMessage: context.log,
      onProgress: context.onProgress,
      signal: context.signal,
    });
    if (described !== undefined) {
      const lines = described.flatMap((one, row) =>
        one === null
          ? []
          : [
              JSON.stringify({
                item: catalogue.ids[row],
                text: one.text,
                model: one.model,
                prompt: one.prompt,
              }),
            ],
      );
      await writeAtomic(join(context.folder, 'described.jsonl'), `${lines.join('\n')}\n`);
      context.count({ described: lines.length });
    }
    const encoder = await makeEncoder(text, folder, { ...context, onMessage: context.log });
    try {
      if (empty > 0) context.log(`${empty} of ${catalogue.size} items have no text; their vectors are zero`);
      const rows = await encodeToFile(encoder, texts, {
        path: join(context.folder, FILE),
        storage: text.storage,
        folder: textCacheFolder(),
        onWarning: context.log,
        onPlan: context.log,
        onProgress: context.onProgress,
        signal: context.signal,
      });
      context.count({ items: rows.rows, dimension: rows.cols, 'without text': empty });
      rows.close();
    } finally {
      await encoder.close?.();
    }
  },
  load: ({ folder }) => RowTable.open(join(folder, FILE), TEXT_ROWS),
});
