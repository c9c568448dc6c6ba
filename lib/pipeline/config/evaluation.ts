import { z } from 'zod';
import { DEFAULT_SYSTEMS, SYSTEM_NAMES } from '../../evaluation/types.js';

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
  bootstrap: z.int().min(1).default(1000).describe('Resamples of the users for the 95 % intervals.'),
  userBatch: z.int().min(1).default(256).describe('Users ranked at once: bounds the memory of the scores.'),
});
