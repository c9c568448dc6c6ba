import { homedir } from 'node:os';
import { join } from 'node:path';
import { writeAtomic } from '../../artifacts/index.js';
import { cachedEncode, makeEncoder } from '../../text/index.js';
import type { Config } from '../config/index.js';
import { defineStage } from '../stage.js';
import { catalogueTexts } from '../texts.js';
import { readMatrix, writeMatrices } from './arrays.js';
import { eventsStage } from './events.js';

/** Where encoded rows are kept, for all runs of this user. */
export const textCacheFolder = (): string =>
  process.env.COHEAR_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'cohear', 'text');

/** One vector per item from its words; items without words have zeros. */
export const textStage = defineStage({
  name: 'text',
  version: '1',
  needs: { events: eventsStage },
  slice: ({ text, folder }: Config) => ({ text, folder }),
  identity: ({ text: { template, describe } }) => ({
    template,
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
    const encoder = await makeEncoder(text, folder, context);
    try {
      if (empty > 0) context.log(`${empty} of ${catalogue.size} items have no text; their vectors are zero`);
      const rows = await cachedEncode(encoder, texts, {
        folder: textCacheFolder(),
        onWarning: context.log,
        onPlan: context.log,
        onProgress: context.onProgress,
        signal: context.signal,
      });
      context.count({ items: rows.rows, dimension: rows.cols, 'without text': empty });
      await writeMatrices(join(context.folder, 'text.safetensors'), { text: rows });
    } finally {
      await encoder.close?.();
    }
  },
  load: ({ folder }) => readMatrix(folder, 'text.safetensors', 'text'),
});
