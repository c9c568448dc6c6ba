import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A protobuf field: a number as varint, bytes and text with their length. */
function field(number: number, value: number | string | Uint8Array): Buffer {
  const varint = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...varint(n >>> 7)]);
  if (typeof value === 'number') return Buffer.from([...varint(number << 3), ...varint(value)]);
  const bytes = Buffer.from(value as Uint8Array);
  return Buffer.concat([Buffer.from([...varint((number << 3) | 2), ...varint(bytes.length)]), bytes]);
}
const message = (...fields: Buffer[]) => Buffer.concat(fields);

const FLOAT = 1;
const INT64 = 7;
const valueInfo = (name: string, type: number, dims: (string | number)[]) => {
  const shape = dims.map((d) => field(1, typeof d === 'number' ? field(1, d) : field(2, d)));
  return message(field(1, name), field(2, field(1, message(field(1, type), field(2, message(...shape))))));
};

function tensorOf(name: string, dims: number[], type: number, bytes: Uint8Array): Buffer {
  return message(...dims.map((d) => field(1, d)), field(2, type), field(8, name), field(9, bytes));
}

function modelOf(nodes: Buffer[], tensors: Buffer[], output: Buffer): Buffer {
  const graph = message(
    ...nodes.map((node) => field(1, node)),
    field(2, 'tiny'),
    ...tensors.map((tensor) => field(5, tensor)),
    field(11, valueInfo('input_ids', INT64, ['batch', 'length'])),
    field(11, valueInfo('attention_mask', INT64, ['batch', 'length'])),
    field(12, output),
  );
  return message(field(1, 8), field(7, graph), field(8, message(field(1, ''), field(2, 17))));
}

const gather = (data: string, indices: string, output: string, ...attributes: Buffer[]) =>
  message(
    field(1, data),
    field(1, indices),
    field(2, output),
    field(4, 'Gather'),
    ...attributes.map((attribute) => field(5, attribute)),
  );
const tableOf = (table: Float32Array, dimension: number) =>
  tensorOf('table', [table.length / dimension, dimension], FLOAT, new Uint8Array(table.buffer));

/** An ONNX model of one Gather: last_hidden_state[b, p] = table[input_ids[b, p]]. */
export const gatherModel = (table: Float32Array, dimension: number, output = 'last_hidden_state'): Buffer =>
  modelOf(
    [gather('table', 'input_ids', output)],
    [tableOf(table, dimension)],
    valueInfo(output, FLOAT, ['batch', 'length', dimension]),
  );

/** One that pools itself: sentence_embedding[b] = table[input_ids[b, 0]]. */
export function firstRowModel(table: Float32Array, dimension: number): Buffer {
  const axis = message(field(1, 'axis'), field(3, 1), field(20, 2)); // an INT attribute
  return modelOf(
    [gather('input_ids', 'zero', 'first', axis), gather('table', 'first', 'sentence_embedding')],
    [tableOf(table, dimension), tensorOf('zero', [], INT64, new Uint8Array(8))],
    valueInfo('sentence_embedding', FLOAT, ['batch', dimension]),
  );
}

export const VOCABULARY = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'red', 'green', 'blue', 'tea', 'cup', 'pot'];

/** Vectors of the vocabulary, one row each. */
export const TABLE = Float32Array.from({ length: VOCABULARY.length * 4 }, (_, i) => Math.sin(i + 1));

const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]'];

/** The parts that both kinds of tokenizer.json share: special tokens, [CLS] and [SEP] around a text. */
function tokenizerOf(vocabulary: readonly string[]) {
  const id = (token: string) => vocabulary.indexOf(token);
  const special = (content: string) => ({
    id: id(content),
    content,
    special: true,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
  });
  const token = (name: string) => ({ SpecialToken: { id: name, type_id: 0 } });
  const entry = (name: string) => [name, { id: name, ids: [id(name)], tokens: [name] }];
  return {
    version: '1.0',
    padding: null,
    added_tokens: SPECIAL.map(special),
    post_processor: {
      type: 'TemplateProcessing',
      single: [token('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, token('[SEP]')],
      pair: [],
      special_tokens: Object.fromEntries([entry('[CLS]'), entry('[SEP]')]),
    },
    decoder: null,
  };
}

const idsOf = (vocabulary: readonly string[]) => Object.fromEntries(vocabulary.map((word, i) => [word, i]));

/** tokenizer.json of words by white space, cut at 4 tokens. */
export const wordTokenizer = (vocabulary: readonly string[]) => ({
  ...tokenizerOf(vocabulary),
  truncation: { direction: 'Right', max_length: 4, strategy: 'LongestFirst', stride: 0 },
  normalizer: { type: 'Lowercase' },
  pre_tokenizer: { type: 'Whitespace' },
  model: { type: 'WordLevel', vocab: idsOf(vocabulary), unk_token: '[UNK]' },
});

/** tokenizer.json of BERT's uncased WordPiece. */
export const wordPieceTokenizer = (vocabulary: readonly string[]) => ({
  ...tokenizerOf(vocabulary),
  truncation: null,
  normalizer: {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  model: {
    type: 'WordPiece',
    vocab: idsOf(vocabulary),
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
  },
});

/** Writes a sentence encoder of a few hundred bytes in Hugging Face layout. */
export async function writeTinyModel(
  folder: string,
  { model = gatherModel(TABLE, 4), tokenizer = wordTokenizer(VOCABULARY) as object } = {},
): Promise<void> {
  await mkdir(join(folder, 'onnx'), { recursive: true });
  await writeFile(
    join(folder, 'config.json'),
    JSON.stringify({ hidden_size: 4, max_position_embeddings: 64 }),
  );
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  await writeFile(join(folder, 'onnx/model.onnx'), model);
}
