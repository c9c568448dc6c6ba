// Alternating least squares beside implicit on gowalla, under equal settings: three steps of conjugate gradient a row
// and round, the same confidence and regularization. That both are as good is checked on the held-out items.
// Usage: node bench/versus/als.mjs [--threads 1,2] [--factors 64,128]

import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { als } from '../../dist/evaluation/index.js';
import { setThreads } from '../../dist/index.js';
import { dotScores, rankJudgedSync } from '../../dist/retrieval/index.js';
import { ensurePeers, scripts, versus } from '../lib/peers.mjs';
import { emit } from '../lib/subject.mjs';

const { values } = parseArgs({
  options: {
    threads: { type: 'string', default: '1,2' },
    factors: { type: 'string', default: '64,128' },
  },
});
const SETTINGS = { iterations: 15, confidence: 10, regularization: 0.01 };
const K = 20;
const BATCH = 512; // users whose scores are held at once
ensurePeers();
const list = (text) => text.split(',');

for (const factors of list(values.factors)) {
  for (const threads of list(values.threads)) {
    await versus({
      script: fileURLToPath(new URL('als.py', import.meta.url)),
      args: [
        join(resolve(scripts, '../data'), 'gowalla'),
        ...['--factors', factors, '--threads', threads],
        ...Object.entries(SETTINGS).flatMap(([name, value]) => [`--${name}`, String(value)]),
      ],
      give: ['shape', 'offsets', 'item', 'held_offsets', 'held_item', 'result'],
      runs: 5,
      unit: 'pairs/s',
      workOf: (figures) => {
        const of = (metric) => figures.find((f) => f.metric === metric).value;
        return (of('rate_median') * of('time_median')) / 1e3;
      },
      ours: (name, count, given) => {
        const [users, items] = Array.from(given.shape, Number);
        const history = {
          users,
          offsets: BigUint64Array.from(given.offsets, BigInt),
          item: given.item,
          time: new Float64Array(given.item.length),
        };
        let first = true;
        return async () => {
          setThreads(count);
          const model = await als({ history, items, seed: 1, factors: Number(factors), ...SETTINGS });
          if (first) {
            first = false;
            setThreads(2);
            await check(name, count, given, items, model, Number(factors));
          }
          return given.item.length * SETTINGS.iterations;
        };
      },
    });
  }
}

/** Both have the same recall, within the noise of a start at random. */
async function check(name, threads, given, items, model, factors) {
  const [userFactors, itemFactors] = given.result;
  const theirs = {
    score: (users, out) =>
      dotScores({
        queries: Float32Array.from(
          { length: users.length * factors },
          (_, i) => userFactors[users[0] * factors + i],
        ),
        items: itemFactors,
        dimensions: factors,
        out,
      }),
  };
  const [own, other] = [await recall(given, items, model), await recall(given, items, theirs)];
  emit(name, `recall@${K}`, own, '', threads, { beside: 'implicit', theirs: Number(other.toPrecision(5)) });
  if (Math.abs(own - other) > 0.03 * other)
    throw new Error(`${name}: recall@${K} is ${own.toFixed(4)}, theirs ${other.toFixed(4)}`);
}

/** Mean over users with held-out items of the share of these among the K best that the user has not taken. */
async function recall({ offsets, item, held_offsets, held_item }, items, model) {
  let [sum, judged] = [0, 0];
  const out = new Float32Array(BATCH * items);
  const rows = (ends, all, begin, end) => ({
    offsets: BigUint64Array.from(ends.subarray(begin, end + 1), (at) => BigInt(at - ends[begin])),
    rows: all.subarray(Number(ends[begin]), Number(ends[end])),
  });
  for (let begin = 0; begin + 1 < offsets.length; begin += BATCH) {
    const end = Math.min(begin + BATCH, offsets.length - 1);
    const scores = out.subarray(0, (end - begin) * items);
    await model.score(
      Uint32Array.from({ length: end - begin }, (_, i) => begin + i),
      scores,
    );
    const held = rows(held_offsets, held_item, begin, end);
    const excluded = rows(offsets, item, begin, end);
    const { ranks } = rankJudgedSync({ scores, size: items, excluded, judged: held, k: K });
    for (let user = 0; user < end - begin; user++) {
      const of = ranks.subarray(Number(held.offsets[user]), Number(held.offsets[user + 1]));
      if (of.length === 0) continue;
      judged++;
      sum += of.reduce((hits, rank) => hits + (rank <= K ? 1 : 0), 0) / of.length;
    }
  }
  return sum / judged;
}
