import { z } from 'zod';

/** The collaborative baselines that learn from the interactions alone. */
export const baselinesSchema = z.strictObject({
  ease: z
    .strictObject({
      l2: z.number().positive().default(500).describe('Weight of the squared item-item weights.'),
      maxMemoryMb: z
        .number()
        .positive()
        .default(4096)
        .describe(
          'Memory that its matrix may take: two bytes times the square of the users or of the items, whichever are fewer.',
        ),
    })
    .prefault({})
    .describe('EASE^R: a linear item-item model in closed form.'),
  gfCf: z
    .strictObject({
      rank: z.int().min(1).default(256).describe('Singular vectors of the ideal low-pass filter.'),
      weight: z.number().min(0).default(0.3).describe('Weight of the low-pass filter beside the linear one.'),
    })
    .prefault({})
    .describe('GF-CF: two spectral filters, no training.'),
  als: z
    .strictObject({
      factors: z.int().min(1).default(64).describe('Width of the vectors.'),
      regularization: z.number().min(0).default(0.01).describe('Weight of the squared vectors.'),
      confidence: z
        .number()
        .positive()
        .default(10)
        .describe('Weight of what a user took; all else has weight 1.'),
      iterations: z.int().min(1).default(15).describe('Rounds over users and items.'),
      steps: z.int().min(1).default(3).describe('Steps of conjugate gradient per row and round.'),
    })
    .prefault({})
    .describe('Matrix factorisation by alternating least squares.'),
  bpr: z
    .strictObject({
      factors: z.int().min(1).default(64).describe('Width of the vectors.'),
      learningRate: z.number().positive().default(1e-3).describe('Step size of Adam.'),
      regularization: z.number().min(0).default(1e-3).describe('Weight of the squared vectors of a triple.'),
      epochs: z.int().min(1).default(100).describe('Passes: as many triples as there are interactions.'),
      batch: z.int().min(1).default(2048).describe('Triples per step.'),
    })
    .prefault({})
    .describe('Matrix factorisation by Bayesian personalised ranking.'),
});
