import { z } from 'zod';

/** Weights of an earlier run to start from. */
export const startSchema = (what: string) =>
  z
    .strictObject({
      workdir: z.string().min(1).describe('The folder of the earlier run, another than this one.'),
      train: z
        .boolean()
        .default(true)
        .describe('true: train on from its weights. false: take them as they are, without training.'),
    })
    .nullable()
    .default(null)
    .describe(
      `An earlier run whose ${what} this one starts from; item types and widths must be the same, items, users and events need not. null: none.`,
    );
