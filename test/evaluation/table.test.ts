import { expect, test } from 'vitest';
import { evaluate, formatTable, type Interval } from '../../lib/evaluation/index.js';
import { below } from '../../lib/random/index.js';
import { randomPlatform, systemOf } from './platform.js';

test('names every system, scope, metric and slice, in columns of equal width', async () => {
  const platform = randomPlatform(8, 60, 30, 30);
  const evaluation = await evaluate({
    ...platform,
    systems: [
      systemOf('popularity-14d', 60, (_, item) => -item),
      systemOf('2t', 60, (u, i) => below(100, 1, u, i)),
    ],
    seed: 1,
  });
  const text = formatTable(evaluation);
  for (const wanted of ['All types', 't0:', 't1:', 'hr@10', 'mrr', 'ndcg@10', 'recall@20', 'coverage@10'])
    expect(text).toContain(wanted);
  for (const wanted of ['cold users', 'tail items', 'cold items among cold', 'warm users, warm items'])
    expect(text).toContain(wanted);
  const { value, low, high } = evaluation.systems[0]!.metrics['hr@10'] as Interval;
  const short = (x: number) => x.toFixed(4).replace(/^0/, '');
  expect(text).toContain(`${short(value)} [${short(low)}, ${short(high)}]`);
  for (const block of text.split('\n\n')) {
    const table = block.split('\n').filter((line) => !line.includes('candidate'));
    expect(new Set(table.map((line) => line.length)).size).toBe(1);
  }
});
