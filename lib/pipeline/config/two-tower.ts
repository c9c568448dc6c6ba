import { z } from 'zod';

/** The adaptation layer: one two-tower model for all item types. */
export const twoTowerSchema = z.strictObject({
  hidden: z.array(z.int().min(1)).default([512, 256]).describe('Widths of the hidden layers of both towers.'),
  out: z.int().min(1).default(128).describe('Width of the user and item vectors.'),
  epochs: z.int().min(1).default(10).describe('Passes over the training examples.'),
  batch: z.int().min(2).default(1024).describe('Examples per step; the others of a batch are the negatives.'),
  learningRate: z.number().positive().default(1e-3).describe('Step size of Adam.'),
  temperature: z.number().positive().default(0.05).describe('Divides the scores inside the softmax.'),
  snapshots: z
    .int()
    .min(1)
    .default(4)
    .describe('Past times at which graph, embeddings and statistics are made to learn what users took next.'),
  horizonDays: z
    .number()
    .positive()
    .default(90)
    .describe('Days after a snapshot whose events are its positives; also the distance between snapshots.'),
  windowDays: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe("Days of a user's history that make the user vector. null: all."),
  windows: z
    .array(z.number().positive())
    .min(1)
    .default([7, 14, 30, 90, 180, 365])
    .describe('Trailing windows, in days, over which events per item are counted as item statistics.'),
});
