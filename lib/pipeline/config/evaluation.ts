import { z } from 'zod';
import { LIST_METRIC, RANK_METRIC } from '../../evaluation/metrics.js';
import { DEFAULT_SYSTEMS, LIST_METRICS, METRICS, SYSTEM_NAMES } from '../../evaluation/types.js';

/** What is judged, and how. */
export const evaluationSchema = z.strictObject({
  window: z
    .enum(['test', 'validation'])
    .default('test')
    .describe(
      'The window whose events are to be foreseen; all before it is history. Choose settings on "validation", report on "test".',
    ),
  systems: z
    .array(z.enum(SYSTEM_NAMES))
    .min(1)
    .default([...DEFAULT_SYSTEMS])
    .describe('The systems to judge.'),
  metrics: z
    .array(
      z.string().refine((name) => RANK_METRIC.test(name) || LIST_METRIC.test(name), {
        error:
          'want mrr, or hr, ndcg, recall, precision, map, coverage, novelty, popularity or diversity with a depth, such as ndcg@20',
      }),
    )
    .min(1)
    .default([...METRICS, ...LIST_METRICS])
    .describe(
      'What is measured: mrr, and hr, ndcg, recall, precision, map (means over users, with intervals and paired differences), coverage, novelty, popularity, diversity (of the lists), each with a depth.',
    ),
  bootstrap: z.int().min(1).default(1000).describe('Resamples of the users for the 95 % intervals.'),
  userBatch: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('Users ranked at once. null: as many as 64 MiB of scores hold, at most 1024.'),
});
