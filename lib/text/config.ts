import { resolve } from 'node:path';
import { z } from 'zod';
import { hashingEncoder } from './hashing.js';
import { DEFAULT_TEMPLATE } from './item-texts.js';
import { onnxEncoder } from './onnx.js';
import type { TextEncoder } from './types.js';

const hashing = z.strictObject({
  hashing: z
    .strictObject({
      dimension: z.int().min(8).max(65_536).default(256).describe('Width of a vector.'),
      seed: z.int().min(0).max(4_294_967_295).default(0).describe('Another seed gives other collisions.'),
    })
    .describe('Words hashed into a vector: the fallback that needs nothing and knows no meaning.'),
});

const onnx = z.strictObject({
  onnx: z
    .string()
    .min(1)
    .describe('Folder of a sentence encoder in Hugging Face layout; relative to the config file.'),
  model: z
    .string()
    .min(1)
    .optional()
    .describe('The ONNX file inside that folder. Left out: the usual names are tried.'),
  maxTokens: z
    .int()
    .min(3)
    .optional()
    .describe('Tokens of a text that are read. Left out: 256, or fewer where the model says.'),
  pooling: z
    .enum(['mean', 'cls'])
    .default('mean')
    .describe('How token vectors become one: their mean, or the first.'),
});

const FORMS =
  'expected "hashing", { hashing: { dimension, seed } } or { onnx: folder, model, maxTokens, pooling }';

/** A union says only that nothing fits; this says what is wrong with the form that was meant. */
const whatIsWrong: z.core.$ZodErrorMap<z.core.$ZodIssueInvalidUnion> = ({ input, errors }) => {
  const meant =
    input instanceof Object && ('onnx' in input ? errors[2] : 'hashing' in input ? errors[1] : []);
  const issue = meant ? meant[0] : undefined;
  if (issue === undefined) return FORMS;
  return `${[...issue.path, issue.message].join(': ')}; ${FORMS}`;
};

/** The `text` part of a config: which encoder, and what of an item it reads. */
export const textSchema = z.strictObject({
  encoder: z
    .union([z.literal('hashing'), hashing, onnx], { error: whatIsWrong })
    .default('hashing')
    .describe('What turns a text into a vector: a local sentence encoder, or "hashing", the fallback.'),
  template: z
    .string()
    .regex(/\{[^{}]+\}/, { error: 'expected at least one field, such as "{title}"' })
    .default(DEFAULT_TEMPLATE)
    .describe('The text of an item; fields in braces are filled in.'),
});

export type TextConfig = z.output<typeof textSchema>;

/**
 * The encoder that a config names.
 * @param baseFolder what a relative `onnx` folder starts from
 * @throws CohearError as {@link onnxEncoder}
 */
export async function makeEncoder(config: TextConfig, baseFolder: string): Promise<TextEncoder> {
  const { encoder } = config;
  if (encoder === 'hashing') return hashingEncoder();
  if ('hashing' in encoder) return hashingEncoder(encoder.hashing);
  const { onnx: folder, ...rest } = encoder;
  return onnxEncoder({ folder: resolve(baseFolder, folder), ...rest });
}
