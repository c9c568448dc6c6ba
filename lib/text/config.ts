import { resolve } from 'node:path';
import { z } from 'zod';
import { hashingEncoder } from './hashing.js';
import { DEFAULT_TEMPLATE } from './item-texts.js';
import { onnxEncoder } from './onnx.js';
import { staticEncoder } from './static.js';
import type { TextEncoder } from './types.js';

const hashing = z.strictObject({
  hashing: z
    .strictObject({
      dimension: z.int().min(8).max(65_536).default(256).describe('Width of a vector.'),
      seed: z.int().min(0).max(4_294_967_295).default(0).describe('Another seed gives other collisions.'),
    })
    .describe('Words hashed into a vector: knows spelling, no meaning.'),
});

const distilled = z.strictObject({
  distilled: z
    .string()
    .min(1)
    .describe('A table that `cohear distill` made of your own model; relative to the config file.'),
  hashed: z.int().min(0).max(65_536).default(256).describe('Width of the hashed part beside it; 0 for none.'),
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
  'expected "built-in", "hashing", { hashing: { dimension, seed } }, { distilled: file, hashed } or ' +
  '{ onnx: folder, model, maxTokens, pooling }';

/** The forms that are objects, in the order of the union, by the field that tells them apart. */
const OBJECTS = { hashing, distilled, onnx };

/** A union says only that nothing fits; this says what is wrong with the form that was meant. */
const whatIsWrong: z.core.$ZodErrorMap<z.core.$ZodIssueInvalidUnion> = ({ input, errors }) => {
  const form = input instanceof Object ? Object.keys(OBJECTS).findIndex((name) => name in input) : -1;
  const issue = form < 0 ? undefined : errors[1 + form]?.[0];
  if (issue === undefined) return FORMS;
  return `${[...issue.path, issue.message].join(': ')}; ${FORMS}`;
};

/** The `text` part of a config: which encoder, and what of an item it reads. */
export const textSchema = z.strictObject({
  encoder: z
    .union([z.enum(['built-in', 'hashing']), hashing, distilled, onnx], { error: whatIsWrong })
    .default('built-in')
    .describe(
      'What turns a text into a vector: "built-in", which needs nothing; a model of yours; or "hashing", the fallback.',
    ),
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
  if (encoder === 'built-in') return staticEncoder();
  if ('distilled' in encoder)
    return staticEncoder({ table: resolve(baseFolder, encoder.distilled), hashed: encoder.hashed });
  if ('hashing' in encoder) return hashingEncoder(encoder.hashing);
  const { onnx: folder, ...rest } = encoder;
  return onnxEncoder({ folder: resolve(baseFolder, folder), ...rest });
}
