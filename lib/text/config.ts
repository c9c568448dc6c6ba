import { resolve } from 'node:path';
import { z } from 'zod';
import type { LongWork } from '../progress/index.js';
import { endpointEncoder } from './endpoint.js';
import { hashingEncoder } from './hashing.js';
import { hubModel } from './hub.js';
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
    .describe(
      'Folder of a sentence encoder in Hugging Face layout, relative to the config file; or hf://organisation/name, which is downloaded once.',
    ),
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
    .enum(['mean', 'cls', 'last', 'none'])
    .optional()
    .describe(
      'How token vectors become one: their mean, the first, the last, or the model gives one itself. Left out: what the folder says, else the mean.',
    ),
  dimension: z.int().min(1).optional().describe("Width of a vector. Left out: the model's hidden_size."),
  prefix: z
    .string()
    .optional()
    .describe('Put before every text, such as "passage: ". Left out: what the folder says.'),
  queryPrefix: z
    .string()
    .optional()
    .describe('Put before a text that is searched for, such as "query: ". Left out: what the folder says.'),
});

const FORMS =
  'expected "built-in", "hashing", { hashing: { dimension, seed } }, { distilled: file, hashed }, ' +
  '{ onnx: folder, model, maxTokens, pooling } or { endpoint: url, model, dimension, keyEnv }';

/** What every service that is asked over HTTP has in its config. */
const keyEnv = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, {
    error: 'expected the name of an environment variable, never the key',
  })
  .optional()
  .describe('Name of the environment variable that holds the key.');
const requests = {
  concurrency: z.int().min(1).max(256).optional().describe('Requests at a time. Left out: 4.'),
  timeoutSeconds: z.number().gt(0).optional().describe('How long an answer may take. Left out: 60.'),
  retries: z.int().min(0).optional().describe('Attempts after the first. Left out: 8.'),
  pauseSeconds: z.number().gt(0).optional().describe('First pause before a retry; it doubles. Left out: 1.'),
  pricePerMillionTokens: z.number().min(0).optional().describe('Makes the estimate a cost.'),
};

const endpoint = z.strictObject({
  endpoint: z
    .string()
    .min(1)
    .describe('Base address of an OpenAI-compatible API, such as https://api.openai.com/v1.'),
  model: z.string().min(1).describe("The model's name there."),
  dimension: z.int().min(1).max(65_536).describe('Width of its vectors.'),
  keyEnv,
  sendDimension: z.boolean().optional().describe('Ask the server to cut its vectors to `dimension`.'),
  prefix: z.string().optional().describe('Put before every text, such as "passage: ".'),
  queryPrefix: z.string().optional().describe('Put before a text that is searched for, such as "query: ".'),
  batchTexts: z.int().min(1).optional().describe('Texts of one request. Left out: 128.'),
  batchTokens: z.int().min(1).optional().describe('Estimated tokens of one request. Left out: 50,000.'),
  maxTokens: z.int().min(1).optional().describe('Longer texts are cut to so many. Left out: 8,000.'),
  ...requests,
  limitTokens: z.int().min(1).optional().describe('More tokens are refused before encoding starts.'),
  limitCost: z.number().gt(0).optional().describe('More cost is refused before encoding starts.'),
});

/** The forms that are objects, in the order of the union, by the field that tells them apart. */
const OBJECTS = { hashing, distilled, onnx, endpoint };

/** A union says only that nothing fits; this says what is wrong with the form that was meant. */
const whatIsWrong: z.core.$ZodErrorMap<z.core.$ZodIssueInvalidUnion> = ({ input, errors }) => {
  const form = input instanceof Object ? Object.keys(OBJECTS).findIndex((name) => name in input) : -1;
  const issue = form < 0 ? undefined : errors[1 + form]?.[0];
  if (issue === undefined) return FORMS;
  return `${[...issue.path, issue.message].join(': ')}; ${FORMS}`;
};

const HUB = 'hf://';

const describe = z.strictObject({
  endpoint: z
    .string()
    .min(1)
    .describe('Base address of an OpenAI-compatible API, such as http://127.0.0.1:11434/v1.'),
  model: z.string().min(1).describe('The chat model that writes.'),
  keyEnv,
  prompt: z
    .string()
    .regex(/\{[^{}]+\}/, { error: 'expected at least one field, such as "{title}"' })
    .default('Title: {title}\nDescription: {description}\nKind: {type}')
    .describe('What the model is told of an item; fields in braces are filled in.'),
  instructions: z.string().min(1).optional().describe('What the model is told of its task.'),
  maxAnswerTokens: z.int().min(16).optional().describe('Tokens of an answer at most. Left out: 200.'),
  ...requests,
  limitTokens: z.int().min(1).optional().describe('More tokens are refused before it starts.'),
  limitCost: z.number().gt(0).optional().describe('More cost is refused before it starts.'),
});

/** The `text` part of a config: which encoder, and what of an item it reads. */
export const textSchema = z.strictObject({
  encoder: z
    .union([z.enum(['built-in', 'hashing']), hashing, distilled, onnx, endpoint], { error: whatIsWrong })
    .default('built-in')
    .describe(
      'What turns a text into a vector: "built-in", which needs nothing; a model of yours; or "hashing", the fallback.',
    ),
  template: z
    .string()
    .regex(/\{[^{}]+\}/, { error: 'expected at least one field, such as "{title}"' })
    .default(DEFAULT_TEMPLATE)
    .describe('The text of an item; fields in braces are filled in.'),
  storage: z
    .enum(['f32', 'f16', 'int8'])
    .default('f32')
    .describe(
      'How vectors are kept on disk, from where they are read as they are needed: "f16" takes half the room, "int8" a quarter.',
    ),
  describe: describe
    .optional()
    .describe(
      'Lets a language model write a text for each item, `{generated}` in the template (else added at its end).',
    ),
});

export type TextConfig = z.output<typeof textSchema>;

/**
 * The encoder that a config names.
 * @param baseFolder what a relative `onnx` folder starts from
 * @param work of a download; `onMessage` is told of the pauses of an endpoint
 * @throws CohearError as {@link onnxEncoder} and {@link hubModel}
 */
export async function makeEncoder(
  config: Pick<TextConfig, 'encoder'>,
  baseFolder: string,
  work: LongWork & { readonly onMessage?: ((message: string) => void) | undefined } = {},
): Promise<TextEncoder> {
  const { encoder } = config;
  if (encoder === 'hashing') return hashingEncoder();
  if (encoder === 'built-in') return staticEncoder();
  if ('distilled' in encoder)
    return staticEncoder({ table: resolve(baseFolder, encoder.distilled), hashed: encoder.hashed });
  if ('hashing' in encoder) return hashingEncoder(encoder.hashing);
  if ('endpoint' in encoder) {
    const { endpoint: url, ...rest } = encoder;
    return endpointEncoder({ url, ...rest, onRetry: work.onMessage });
  }
  const { onnx: folder, ...rest } = encoder;
  const place = folder.startsWith(HUB)
    ? await hubModel(folder.slice(HUB.length), { ...work, model: rest.model })
    : resolve(baseFolder, folder);
  return onnxEncoder({ folder: place, ...rest });
}
