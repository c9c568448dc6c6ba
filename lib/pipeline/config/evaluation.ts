import { z } from 'zod';
import type { SystemName } from '../../evaluation/types.js';

/** A key for each system, so that the compiler finds one that is missing here. */
const SYSTEMS: Record<SystemName, true> = {
  popularity: true,
  'popularity-7d': true,
  'popularity-14d': true,
  'popularity-90d': true,
  'llm-knn': true,
  'item-knn': true,
  'hgnn-knn': true,
  '2t': true,
  '2t-hgnn': true,
};
/** All systems that can be judged, in the order of the tables. */
export const systemNames = Object.keys(SYSTEMS) as [SystemName, ...SystemName[]];

/** What is judged, and how. */
export const evaluationSchema = z.strictObject({
  window: z
    .enum(['test', 'validation'])
    .default('test')
    .describe(
      'The window whose events are to be foreseen; all before it is history. Choose settings on "validation", report on "test".',
    ),
  systems: z.array(z.enum(systemNames)).min(1).default(systemNames).describe('The systems to judge.'),
  bootstrap: z
    .int()
    .min(0)
    .default(1000)
    .describe('Resamples of the users for the 95 % intervals; 0 for none.'),
  userBatch: z.int().min(1).default(256).describe('Users ranked at once: bounds the memory of the scores.'),
});
