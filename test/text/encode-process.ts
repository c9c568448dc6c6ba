// A process of its own that encodes through a cache: for the test that kills it. argv: folder, texts, pause between
// batches in milliseconds, log. Each batch is written to the log when it is encoded, before the cache has it.
import { appendFileSync } from 'node:fs';
import { cachedEncode, hashingEncoder, type TextEncoder } from '../../lib/text/index.js';

const BATCH = 32;
const [folder, count, pause, log] = process.argv.slice(2) as [string, string, string, string];
const plain = hashingEncoder({ dimension: 16 });
const slow: TextEncoder = {
  ...plain,
  async encode(texts, work) {
    for (let at = 0; at < texts.length; at += BATCH) {
      await new Promise((resolve) => setTimeout(resolve, Number(pause)));
      const batch = texts.slice(at, at + BATCH);
      const { data } = await plain.encode(batch);
      appendFileSync(log, `${batch.length}\n`);
      work?.onRows?.(
        batch.map((_, i) => at + i),
        data,
      );
    }
    return plain.encode(texts);
  },
};
const texts = Array.from({ length: Number(count) }, (_, i) => `text number ${i} of ${'many '.repeat(i % 5)}`);
const rows = await cachedEncode(slow, texts, { folder });
const same = Buffer.from((await plain.encode(texts)).data.buffer).equals(Buffer.from(rows.data.buffer));
console.log(same ? 'same bits' : 'other bits');
