import { z } from 'zod';

/** How an item's words become a vector. */
export const textSchema = z.strictObject({
  encoder: z
    .union([
      z.literal('hashing'),
      z.strictObject({
        onnx: z.string().min(1).describe('Folder of a sentence encoder: ONNX model and tokenizer.json.'),
      }),
    ])
    .default('hashing')
    .describe(
      'A local sentence encoder, or "hashing": words hashed into a vector, which needs nothing and knows no meaning.',
    ),
  template: z
    .string()
    .min(1)
    .default('{title}. {description}')
    .describe('The text of an item; {title} and {description} are filled in.'),
});
