import { z } from 'zod';

/** The item graph: two items are joined when a user took both. */
export const graphSchema = z.strictObject({
  maxHistory: z
    .int()
    .min(2)
    .nullable()
    .default(200)
    .describe(
      'The most recent events of a user that make edges, so that a heavy user adds no quadratic number of them. null: all.',
    ),
  minCount: z.int().min(1).default(1).describe('Users that two items must share to be joined.'),
  score: z
    .enum(['damped', 'cosine', 'count', 'pmi'])
    .default('damped')
    .describe(
      'How strong an edge is, from the shared users c and the users n of each item: damped c / (sqrt(n_i n_j) + damping), cosine c / sqrt(n_i n_j), count c, or pmi.',
    ),
  damping: z.number().min(0).default(20).describe('The constant of the damped score.'),
  topK: z
    .int()
    .min(1)
    .nullable()
    .default(50)
    .describe('The strongest neighbours that are kept per item and relation. null: all.'),
  without: z
    .array(z.tuple([z.string().min(1), z.string().min(1)]))
    .default([])
    .describe(
      'Pairs of item types between which there are no edges, such as [["podcast", "podcast"]]: to see what a relation is worth.',
    ),
});
