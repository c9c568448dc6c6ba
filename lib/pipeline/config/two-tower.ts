import { z } from 'zod';
import { startSchema } from './start.js';

/** The adaptation layer: one two-tower model for all item types. */
export const twoTowerSchema = z
  .strictObject({
    start: startSchema('two-tower (system 2t or 2t-hgnn)'),
    members: z
      .int()
      .min(1)
      .default(1)
      .describe(
        'Pairs of towers that are trained side by side from first weights of their own; a score is the mean of theirs, a vector theirs side by side. Each takes a training.',
      ),
    hidden: z
      .array(z.int().min(1))
      .default([512, 256])
      .describe('Widths of the hidden layers of both towers.'),
    out: z.int().min(1).default(128).describe('Width of the user and item vectors of a member.'),
    epochs: z
      .int()
      .min(1)
      .default(4)
      .describe(
        'Passes over the training examples. An event is an example of each snapshot whose horizon it lies in: of six, as the defaults are.',
      ),
    batch: z.int().min(2).default(1024).describe('Examples per step; the others of a batch are negatives.'),
    uniformNegatives: z
      .int()
      .min(0)
      .default(1024)
      .describe('Further negatives per step, drawn uniformly from the catalogue.'),
    learningRate: z
      .number()
      .positive()
      .default(1e-3)
      .describe('Step size of Adam at the start; it falls to zero along a half cosine.'),
    weightDecay: z.number().min(0).default(0).describe('Decoupled weight decay (AdamW).'),
    loss: z
      .enum(['softmax', 'literal'])
      .default('softmax')
      .describe(
        "softmax: every item of the batch and every draw is a candidate, corrected for how often it is drawn (logQ). literal: the papers' equation (5) as printed, for the record; it has no temperature and no item bias.",
      ),
    exampleWeights: z
      .enum(['equal', 'item', 'type'])
      .default('equal')
      .describe(
        "What an example weighs in the loss: all alike, or 1 / the examples of its item (the papers' inverse frequency) or of its type.",
      ),
    temperature: z.number().positive().default(0.1).describe('Divides the cosines inside the softmax.'),
    learnTemperature: z
      .boolean()
      .default(false)
      .describe('Learn the temperature with the rest, starting from `temperature`; it stays above 0.01.'),
    snapshots: z
      .int()
      .min(1)
      .default(24)
      .describe(
        'Past moments at which graph, embeddings and statistics are made to learn what users took next.',
      ),
    strideDays: z
      .number()
      .positive()
      .nullable()
      .default(null)
      .describe(
        'Days between snapshots. null: a sixth of horizonDays, or as many as let fewer than six snapshots span it, in whole days.',
      ),
    horizonDays: z
      .number()
      .positive()
      .nullable()
      .default(null)
      .describe(
        'Days after a snapshot whose events are its positives. null: as many as the validation window has.',
      ),
    windowDays: z
      .number()
      .positive()
      .nullable()
      .default(null)
      .describe("Days of a user's history that make the user vector. null: all."),
    userVectors: z
      .array(z.enum(['hgnn', 'text']))
      .min(1)
      .refine((vectors) => new Set(vectors).size === vectors.length, { error: 'want each at most once' })
      .default(['hgnn', 'text'])
      .describe(
        "The item vectors whose means a user is: the graph network's (the papers'), the texts', or both. Towers without the graph always take the texts'.",
      ),
    userMeans: z
      .enum(['per-type', 'one'])
      .default('per-type')
      .describe('What a user is: a mean of item vectors per item type, or one mean over all types.'),
    halfLifeDays: z
      .number()
      .positive()
      .nullable()
      .default(null)
      .describe('Days after which an event weighs half in those means. null: all weigh alike.'),
    weakWeight: z
      .number()
      .min(0)
      .default(1)
      .describe('Weight of a weak event in those means; a strong one has 1. 0 leaves weak events out.'),
    statistics: z
      .boolean()
      .default(true)
      .describe(
        "Give the item tower each item's statistics at the moment (counts over trailing windows, age, days since the last event), and the trend that they foresee as a bias. false: what is new or in fashion is not known.",
      ),
    windows: z
      .array(z.number().positive())
      .min(1)
      .default([7, 14, 30, 90, 180, 365])
      .describe('Trailing windows, in days, over which events per item are counted as item statistics.'),
  })
  .refine(({ loss, learnTemperature }) => loss === 'softmax' || !learnTemperature, {
    path: ['learnTemperature'],
    error: 'want false with twoTower.loss "literal", which has no temperature',
  });
