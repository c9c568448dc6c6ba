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
          'want mrr, or hr, ndcg, recall, precision, map, coverage, novelty, popularity, calibration or diversity with a depth, such as ndcg@20',
      }),
    )
    .min(1)
    .default([...METRICS, ...LIST_METRICS])
    .describe(
      'What is measured: mrr, and hr, ndcg, recall, precision, map (means over users, with intervals and paired differences), coverage, novelty, popularity, calibration, diversity (of the lists), each with a depth.',
    ),
  bootstrap: z.int().min(1).default(1000).describe('Resamples of the users for the 95 % intervals.'),
  userBatch: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('Users ranked at once. null: as many as 64 MiB of scores hold, at most 1024.'),
  rerank: z
    .strictObject({
      novelty: z
        .number()
        .min(0)
        .default(0)
        .describe(
          "Off the score of an item for its popularity: 1 weighs a standard deviation of log(1 + users) as one of the user's scores.",
        ),
      coverage: z
        .number()
        .min(0)
        .default(0)
        .describe('Off the score of an item for being on the lists of many users, in the same units.'),
      calibration: z
        .number()
        .min(0)
        .default(0)
        .describe("For lists whose item types come in the shares of the user's history."),
      window: z
        .int()
        .min(1)
        .default(100)
        .describe('Best items per type that are put in another order; those after them stay as they are.'),
      curve: z
        .array(z.number().positive())
        .default([])
        .describe(
          'Strengths at which novelty, coverage and calibration are each tried alone: the trade-off curve of the report.',
        ),
    })
    .prefault({})
    .describe(
      'Re-ranking of what is served (2t-hgnn, else 2t): with a strength above 0 it is judged as one more system, and `recommend` gives its lists.',
    ),
});
