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

/** An ONNX model of one Gather: last_hidden_state[b, p] = table[input_ids[b, p]]. */
export function gatherModel(table: Float32Array, dimension: number, output = 'last_hidden_state'): Buffer {
  const node = message(field(1, 'table'), field(1, 'input_ids'), field(2, output), field(4, 'Gather'));
  const tensor = message(
    field(1, table.length / dimension),
    field(1, dimension),
    field(2, FLOAT),
    field(8, 'table'),
    field(9, new Uint8Array(table.buffer)),
  );
  const graph = message(
    field(1, node),
    field(2, 'tiny'),
    field(5, tensor),
    field(11, valueInfo('input_ids', INT64, ['batch', 'length'])),
    field(11, valueInfo('attention_mask', INT64, ['batch', 'length'])),
    field(12, valueInfo(output, FLOAT, ['batch', 'length', dimension])),
  );
  return message(field(1, 8), field(7, graph), field(8, message(field(1, ''), field(2, 17))));
}

export const VOCABULARY = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'red', 'green', 'blue', 'tea', 'cup', 'pot'];

/** Vectors of the vocabulary, one row each. */
export const TABLE = Float32Array.from({ length: VOCABULARY.length * 4 }, (_, i) => Math.sin(i + 1));

/** Writes a sentence encoder of a few hundred bytes in Hugging Face layout. */
export async function writeTinyModel(folder: string, model = gatherModel(TABLE, 4)): Promise<void> {
  const special = (content: string) => ({
    id: VOCABULARY.indexOf(content),
    content,
    special: true,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
  });
  const token = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
  const entry = (id: string) => [id, { id, ids: [VOCABULARY.indexOf(id)], tokens: [id] }];
  const tokenizer = {
    version: '1.0',
    truncation: { direction: 'Right', max_length: 4, strategy: 'LongestFirst', stride: 0 },
    padding: null,
    added_tokens: ['[PAD]', '[UNK]', '[CLS]', '[SEP]'].map(special),
    normalizer: { type: 'Lowercase' },
    pre_tokenizer: { type: 'Whitespace' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [token('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, token('[SEP]')],
      pair: [],
      special_tokens: Object.fromEntries([entry('[CLS]'), entry('[SEP]')]),
    },
    decoder: null,
    model: {
      type: 'WordLevel',
      vocab: Object.fromEntries(VOCABULARY.map((word, i) => [word, i])),
      unk_token: '[UNK]',
    },
  };
  await mkdir(join(folder, 'onnx'), { recursive: true });
  await writeFile(
    join(folder, 'config.json'),
    JSON.stringify({ hidden_size: 4, max_position_embeddings: 64 }),
  );
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  await writeFile(join(folder, 'onnx/model.onnx'), model);
}
