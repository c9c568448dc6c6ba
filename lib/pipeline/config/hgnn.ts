import { z } from 'zod';
import { startSchema } from './start.js';

/** The foundation layer: a heterogeneous graph network over the item graph. */
export const hgnnSchema = z.strictObject({
  trainedAt: z
    .enum(['first-snapshot', 'serving'])
    .default('serving')
    .describe(
      "Which graph it is trained on. serving: the latest that may be known; the graphs of the two-tower's snapshots are embedded with weights that have seen what came after them. first-snapshot: the graph of the earliest snapshot, so that not even the weights know what the two-tower learns to foresee.",
    ),
  ageDays: z
    .number()
    .min(0)
    .default(0)
    .describe(
      'Days by which the graph that it is trained on is older than `trainedAt` says, to see what a foundation layer that is retrained rarely costs.',
    ),
  start: startSchema('graph network'),
  align: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      'The folder of an earlier run whose embeddings these are rotated towards (orthogonal Procrustes over the items of both), so that what was made for those can be used with these. null: they are left as they are.',
    ),
  hidden: z.int().min(1).default(256).describe('Width of the hidden layers.'),
  out: z.int().min(1).default(128).describe('Width of the item embeddings.'),
  fanouts: z
    .array(z.int().min(1))
    .min(1)
    .default([15, 10])
    .describe('Neighbours drawn per relation in each hop, outwards from the seeds; as many hops as layers.'),
  aggregator: z
    .enum(['max', 'mean', 'weighted-mean'])
    .default('max')
    .describe(
      "How a node's messages of a relation become one. max: the papers'. weighted-mean: by the edges' scores, which with `walks` are visits (importance pooling).",
    ),
  combine: z
    .enum(['sum', 'concat'])
    .default('sum')
    .describe(
      "How what a node receives from its relations is put together. sum: the papers'. concat: side by side with its own, mixed by a matrix.",
    ),
  residual: z
    .boolean()
    .default(false)
    .describe("Add a layer's input to what it gives, projected where the widths differ."),
  layerNorm: z.boolean().default(false).describe('Normalise the sum of each node in every layer.'),
  walks: z
    .strictObject({
      walks: z.int().min(1).default(100).describe('Walks from each item.'),
      length: z.int().min(1).default(8).describe('Steps of a walk at most.'),
      restart: z.number().min(0).lt(1).default(0.3).describe('Chance that a walk ends after a step.'),
      top: z.int().min(1).default(20).describe('Most visited items kept per item and type.'),
    })
    .nullable()
    .default(null)
    .describe(
      "Messages go along the items that short random walks visit most (PinSage), instead of along the graph's own edges, which remain the supervision. null: along those. {}: with these defaults.",
    ),
  textNeighbours: z
    .strictObject({
      k: z.int().min(1).default(10).describe('Neighbours by text per item and type.'),
      below: z.int().min(1).default(1).describe('For items with fewer edges than this; 1: with none at all.'),
      minCosine: z.number().min(0).max(1).default(0.3).describe('Items less alike are no neighbours.'),
    })
    .nullable()
    .default(null)
    .describe(
      'Items that the graph says little of receive messages from their nearest by text, too. null: they do not.',
    ),
  linkWeights: z
    .enum(['equal', 'score'])
    .default('equal')
    .describe('What a supervision edge weighs in the loss: all alike, or as its score.'),
  featureTask: z
    .number()
    .min(0)
    .default(0)
    .describe(
      "Weight of a second task beside the edges: an item's embedding is to find its own text among those of the batch. 0: none.",
    ),
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
