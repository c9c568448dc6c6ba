// A process of its own that encodes through a cache: for the tests that kill it. argv[2] is JSON, see EncodeJob.
import { appendFileSync } from 'node:fs';
import { cachedEncode, endpointEncoder, type TextEncoder } from '../../lib/text/index.js';
import { type EncodeJob, textsOf } from './encode-job.js';
import { slowHashing } from './slow-hashing.js';

const BATCH = 32;
const { folder, count, pause = 0, log, endpoint } = JSON.parse(process.argv[2]!) as EncodeJob;
const plain = slowHashing({ dimension: 16 });
/** Batch by batch; each is written to the log when it is encoded, before the cache has it. */
const slow: TextEncoder = {
  ...plain,
  async encode(texts, work) {
    for (let at = 0; at < texts.length; at += BATCH) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      const batch = texts.slice(at, at + BATCH);
      const { data } = await plain.encode(batch);
      appendFileSync(log!, `${batch.length}\n`);
      work?.onRows?.(
        batch.map((_, i) => at + i),
        data,
      );
    }
    return plain.encode(texts);
  },
};
const texts = textsOf(count);
if (endpoint) {
  const rows = await cachedEncode(endpointEncoder({ pauseSeconds: 0.01, ...endpoint }), texts, { folder });
  const zeros = rows.data.filter((value, i) => i % rows.cols === 0 && value === 0).length;
  console.log(`${rows.rows - zeros} rows`);
} else {
  await cachedEncode(slow, texts, { folder });
}
