import { z } from 'zod';

/** The neighbour baselines: llm-knn, item-knn, hgnn-knn. */
export const knnSchema = z.strictObject({
  halfLifeDays: z
    .number()
    .positive()
    .nullable()
    .default(90)
    .describe("Days after which an event counts half in a user's mean. null: all events count the same."),
  neighbours: z
    .int()
    .min(1)
    .default(1000)
    .describe('The most similar items that are kept per item and type in item-knn.'),
  shrinkage: z
    .number()
    .min(0)
    .default(20)
    .describe(
      'Added to the denominator of the cosine in item-knn; in units of its users, so less where they weigh less.',
    ),
  userWeights: z
    .enum(['equal', 'inverse'])
    .default('equal')
    .describe(
      'What a user counts in the cosine of item-knn: one, or 1 / the items they took, since a pair of someone who takes everything says little.',
    ),
});
