import { z } from 'zod';

/** The foundation layer: a heterogeneous graph network over the item graph. */
export const hgnnSchema = z.strictObject({
  trainedAt: z
    .enum(['first-snapshot', 'serving'])
    .default('serving')
    .describe(
      "Which graph it is trained on. serving: the latest that may be known; the graphs of the two-tower's snapshots are embedded with weights that have seen what came after them. first-snapshot: the graph of the earliest snapshot, so that not even the weights know what the two-tower learns to foresee.",
    ),
  hidden: z.int().min(1).default(256).describe('Width of the hidden layers.'),
  out: z.int().min(1).default(128).describe('Width of the item embeddings.'),
  fanouts: z
    .array(z.int().min(1))
    .min(1)
    .default([15, 10])
    .describe('Neighbours drawn per relation in each hop, outwards from the seeds; as many hops as layers.'),
  loss: z
    .enum(['max-margin', 'softmax'])
    .default('max-margin')
    .describe(
      "max-margin: the papers' loss. softmax: every positive and negative of a batch is a candidate of every anchor, corrected for how often it is drawn (logQ).",
    ),
  temperature: z.number().positive().default(0.1).describe('Divides the cosines inside the softmax loss.'),
  margin: z
    .number()
    .min(0)
    .default(0.2)
    .describe('Margin of the loss: a positive must score this much above a negative.'),
  negatives: z.int().min(1).default(5).describe('Negatives drawn per supervision edge.'),
  batch: z.int().min(1).default(2048).describe('Supervision edges per step.'),
  epochs: z.int().min(1).default(50).describe('Passes over the supervision edges, at most.'),
  patience: z
    .int()
    .min(1)
    .default(10)
    .describe('Epochs without a gain on the validation edges after which training ends.'),
  learningRate: z.number().positive().default(1e-3).describe('Step size of Adam.'),
  balanced: z
    .boolean()
    .default(true)
    .describe('Draw as many supervision edges of every relation as the rarest has, anew in every epoch.'),
  validation: z
    .number()
    .min(0)
    .lt(1)
    .default(0.1)
    .describe('Share of the edges, by undirected pair, that is held out for early stopping.'),
  stepsPerEpoch: z
    .int()
    .min(1)
    .default(25)
    .describe('Steps per epoch at most; every epoch draws its supervision edges anew.'),
});
