import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { row } from '../../lib/artifacts/index.js';
import { type OnnxOptions, onnxEncoder } from '../../lib/text/index.js';
import { readLayout } from '../../lib/text/onnx-layout.js';
import { firstRowModel, gatherModel, TABLE, VOCABULARY, writeTinyModel } from './tiny-model.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cohear-layout-'));
  await writeTinyModel(folder);
});
afterEach(() => rm(folder, { recursive: true }));

async function put(file: string, value: unknown): Promise<void> {
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), JSON.stringify(value));
}
async function encode(texts: string[], options: Partial<OnnxOptions> = {}, query = false) {
  const encoder = await onnxEncoder({ folder, ...options });
  try {
    return await (query ? encoder.encodeQueries! : encoder.encode)(texts);
  } finally {
    await encoder.close();
  }
}
/** The unit sum of tokens' vectors. */
const vector = (...tokens: string[]) => {
  const sum = [0, 1, 2, 3].map((d) => tokens.reduce((s, t) => s + TABLE[VOCABULARY.indexOf(t) * 4 + d]!, 0));
  return sum.map((v) => Number((v / Math.hypot(...sum)).toFixed(5)));
};
const rounded = (values: Float32Array) => [...values].map((v) => Number(v.toFixed(5)));

describe('what the folder says', () => {
  it.each([
    ['pooling_mode_mean_tokens', vector('[CLS]', 'tea', 'cup', '[SEP]')],
    ['pooling_mode_cls_token', vector('[CLS]')],
    ['pooling_mode_lasttoken', vector('[SEP]')],
  ])('is kept to: %s', async (mode, want) => {
    const modes = { pooling_mode_mean_tokens: false, pooling_mode_cls_token: false, [mode]: true };
    await put('modules.json', [{ idx: 1, path: '1_Pooling', type: 'sentence_transformers.models.Pooling' }]);
    await put('1_Pooling/config.json', { word_embedding_dimension: 4, ...modes });
    expect(rounded(row(await encode(['tea cup']), 0))).toEqual(want);
    // An option goes before it.
    expect(rounded(row(await encode(['tea cup'], { pooling: 'cls' }), 0))).toEqual(vector('[CLS]'));
  });

  it('gives length and prompts', async () => {
    await put('sentence_bert_config.json', { max_seq_length: 5 });
    await put('config_sentence_transformers.json', { prompts: { query: 'red ', passage: 'blue ' } });
    expect(await readLayout({ folder })).toMatchObject({
      maxTokens: 5,
      prefix: 'blue ',
      queryPrefix: 'red ',
    });
    expect(rounded(row(await encode(['tea']), 0))).toEqual(vector('[CLS]', 'blue', 'tea', '[SEP]'));
    expect(rounded(row(await encode(['tea'], {}, true), 0))).toEqual(vector('[CLS]', 'red', 'tea', '[SEP]'));
    expect(rounded(row(await encode(['tea'], { queryPrefix: 'pot ' }, true), 0))).toEqual(
      vector('[CLS]', 'pot', 'tea', '[SEP]'),
    );
    const rows = await encode(['tea cup pot', 'tea cup pot red']);
    expect(row(rows, 1)).toEqual(row(rows, 0)); // cut at 5 tokens
    expect(row(await encode(['']), 0)).toEqual(new Float32Array(4)); // no text, whatever the prefix
  });

  it('names what it cannot follow', async () => {
    await put('1_Pooling/config.json', { pooling_mode_max_tokens: true });
    await expect(readLayout({ folder })).rejects.toMatchObject({
      code: 'ERR_FORMAT',
      message: expect.stringMatching(/1_Pooling.*pooling_mode_max_tokens.*pooling = "none"/),
    });
    await writeFile(join(folder, '1_Pooling/config.json'), '{');
    await expect(readLayout({ folder })).rejects.toMatchObject({ code: 'ERR_FORMAT' });
  });
});

describe('a model that pools itself', () => {
  it('is taken as it is, at the width it says', async () => {
    await writeTinyModel(folder, { model: firstRowModel(TABLE, 4) });
    expect(rounded(row(await encode(['tea cup'], { pooling: 'none' }), 0))).toEqual(vector('[CLS]'));
    expect(rounded(row(await encode(['tea cup']), 0))).toEqual(vector('[CLS]')); // known by its shape
    await put('modules.json', [{ idx: 2, path: '2_Dense', type: 'sentence_transformers.models.Dense' }]);
    expect(await readLayout({ folder })).toMatchObject({ pooling: 'none' });
    await expect(encode(['tea'], { dimension: 3 })).rejects.toMatchObject({
      code: 'ERR_FORMAT',
      message: expect.stringMatching(/\[1,4\], want float32 \[1,3\].*dimension 3/),
    });
  });

  it('is not one that gives a vector for each token', async () => {
    await writeTinyModel(folder, { model: gatherModel(TABLE, 4) });
    await expect(encode(['tea'], { pooling: 'none' })).rejects.toMatchObject({
      code: 'ERR_FORMAT',
      message: expect.stringMatching(/want float32 \[1,4\] with pooling none/),
    });
  });
});
