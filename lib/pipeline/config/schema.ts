import { z } from 'zod';
import { eventTableSchema, itemTableSchema, userTableSchema } from '../../events/config.js';
import { textSchema } from '../../text/config.js';
import { baselinesSchema } from './baselines.js';
import { evaluationSchema } from './evaluation.js';
import { graphSchema } from './graph.js';
import { hgnnSchema } from './hgnn.js';
import { knnSchema } from './knn.js';
import { splitSchema } from './split.js';
import { trainingSchema } from './training.js';
import { twoTowerSchema } from './two-tower.js';

/** The whole config: one section per stage, each in a file of its own beside this one. */
export const configSchema = z.strictObject({
  seed: z.int().min(0).default(1).describe('Seed of every random draw: the same seed gives the same bits.'),
  folder: z
    .string()
    .min(1)
    .optional()
    .describe("Folder from which relative files are found. Default: the config file's."),
  events: eventTableSchema.describe('The event table: who took what, when.'),
  items: itemTableSchema
    .optional()
    .describe('The item table: types and texts. Without it items are known by their events alone.'),
  users: userTableSchema.optional().describe('The user table: features of users.'),
  split: splitSchema.prefault({}).describe('Where time is cut into training, validation and test.'),
  text: textSchema.prefault({}).describe("How an item's words become a vector."),
  graph: graphSchema.prefault({}).describe('The item graph: two items are joined when a user took both.'),
  hgnn: hgnnSchema
    .prefault({})
    .describe('The foundation layer: a heterogeneous graph network over the items.'),
  twoTower: twoTowerSchema
    .prefault({})
    .describe('The adaptation layer: one two-tower model for all item types.'),
  training: trainingSchema.prefault({}).describe('Where the networks are trained and applied.'),
  knn: knnSchema.prefault({}).describe('The neighbour baselines: llm-knn, item-knn, hgnn-knn.'),
  baselines: baselinesSchema
    .prefault({})
    .describe('The collaborative baselines that learn from the interactions alone: ease, gf-cf, als, bpr.'),
  evaluation: evaluationSchema.prefault({}).describe('What is judged, and how.'),
});

/** A config as it is written: everything with a default may be left out. */
export type ConfigInput = z.input<typeof configSchema>;
/** A config with its defaults filled in and its files absolute. */
export type Config = z.output<typeof configSchema> & { readonly folder: string };

/**
 * The identity, for its types: `export default defineConfig({ ... })` in a config file lets the editor check
 * it and complete it.
 */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}
