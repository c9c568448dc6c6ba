import { join } from 'node:path';
import { hashFile, type Matrix, readJson, row } from '../artifacts/index.js';
import { CohearError, require } from '../errors/index.js';
import type { LongWork } from '../progress/index.js';
import { onnxEncoder } from './onnx.js';
import { principalComponents } from './principal-components.js';
import { type StaticTable, writeStaticTable } from './static-table.js';

export interface DistillOptions {
  /** Folder of a sentence encoder in Hugging Face layout, with an uncased WordPiece tokenizer. */
  readonly model: string;
  /** The table to write. */
  readonly out: string;
  /** Width of the vectors. Default 64. */
  readonly dimension?: number | undefined;
}

/** The parts of tokenizer.json that decide what native code must do the same way. */
interface TokenizerFile {
  readonly normalizer?: { type?: string; lowercase?: boolean; strip_accents?: boolean | null } | null;
  readonly pre_tokenizer?: { type?: string } | null;
  readonly model?: {
    type?: string;
    vocab?: Record<string, number>;
    continuing_subword_prefix?: string;
    unk_token?: string;
  };
  readonly added_tokens?: readonly { content: string; special?: boolean }[];
}

/** `a` of SIF: tokens more frequent than this count less. */
const SIF = 1e-4;

/** The vocabulary in the order of ids, of a tokenizer that native code can stand in for. */
function wordPieceVocabulary(file: string, tokenizer: TokenizerFile): string[] {
  const { normalizer, pre_tokenizer: splitter, model } = tokenizer;
  const fits =
    model?.type === 'WordPiece' &&
    (model.continuing_subword_prefix ?? '##') === '##' &&
    model.unk_token === '[UNK]' &&
    normalizer?.type === 'BertNormalizer' &&
    normalizer.lowercase === true &&
    normalizer.strip_accents !== false &&
    splitter?.type === 'BertPreTokenizer';
  require(fits, 'ERR_FORMAT', () =>
    `${file}: want an uncased WordPiece tokenizer (BertNormalizer that lower-cases, BertPreTokenizer), as ` +
    `all-MiniLM-L6-v2 or bge-small-en have; got ${model?.type} after ${normalizer?.type} and ${splitter?.type}. ` +
    'Encoders with another tokenizer can be used as they are: { onnx: folder }');
  const tokens: string[] = [];
  for (const [token, id] of Object.entries(model.vocab ?? {})) tokens[id] = token;
  for (let id = 0; id < tokens.length; id++)
    require(tokens[id] !== undefined && !/[\n\0]/.test(tokens[id]), 'ERR_FORMAT', () =>
      `${file}: token ${id} is missing or holds a line break`);
  return tokens;
}

/**
 * Importance of each token by smooth inverse frequency (Arora et al., "A simple but tough-to-beat baseline for
 * sentence embeddings", ICLR 2017), a / (a + p). BERT's vocabularies lie in order of frequency, so p follows from
 * Zipf's law: p(rank) = 1 / (rank · H), H = Σ 1 / rank. Tokens that do not count weigh 0.
 */
export function sifWeights(counts: readonly boolean[]): Float64Array {
  const ranks = counts.reduce((n, counted) => n + (counted ? 1 : 0), 0);
  let harmonic = 0;
  for (let rank = 1; rank <= ranks; rank++) harmonic += 1 / rank;
  let rank = 0;
  return Float64Array.from(counts, (counted) => (counted ? SIF / (SIF + 1 / (++rank * harmonic)) : 0));
}

/** Rows times weights as whole numbers of -127 to 127, one scale per row. */
export function quantise(rows: Matrix, weights: Float64Array): { rows: Int8Array; scales: Float32Array } {
  const values = new Int8Array(rows.data.length);
  const scales = new Float32Array(rows.rows);
  for (let r = 0; r < rows.rows; r++) {
    const vector = row(rows, r);
    const most = vector.reduce((best, value) => Math.max(best, Math.abs(value)), 0) * weights[r]!;
    if (most === 0) continue;
    scales[r] = most / 127;
    for (let d = 0; d < rows.cols; d++)
      values[r * rows.cols + d] = Math.round((vector[d]! * weights[r]!) / scales[r]!);
  }
  return { rows: values, scales };
}

/**
 * Distils a sentence encoder into a table of one vector per token, which needs no model to run: each token goes
 * through the encoder alone (between its special tokens), the vectors are cut to their first principal components
 * and weighted by {@link sifWeights}, then kept as int8 with one scale each. After Model2Vec (Tulkens and van
 * Dongen, 2024). The same files give the same table bit by bit (on one kind of processor).
 *
 * What the model does with order and context is lost, and so are languages that its vocabulary cannot spell.
 * @throws CohearError as {@link onnxEncoder}; ERR_FORMAT for a tokenizer that is no uncased WordPiece
 */
export async function distill(options: DistillOptions, work: LongWork = {}): Promise<StaticTable> {
  const { model, out, dimension = 64 } = options;
  const file = join(model, 'tokenizer.json');
  const encoder = await onnxEncoder({ folder: model });
  try {
    require(Number.isInteger(dimension) &&
      dimension >= 1 &&
      dimension <= encoder.dimension, 'ERR_RANGE', () =>
      `distill: want a dimension from 1 to ${encoder.dimension}, the width of the model, got ${dimension}`);
    const tokenizer = await readJson<TokenizerFile>(file);
    const tokens = wordPieceVocabulary(file, tokenizer);
    const special = new Set((tokenizer.added_tokens ?? []).map((token) => token.content));
    const counts = tokens.map((token) => !special.has(token) && !/^\[unused\d+\]$/.test(token));
    const vectors = await encoder.encodeTokens(
      tokens.map((_, id) => Int32Array.of(id)),
      work,
    );
    if (work.signal?.aborted) throw new CohearError('ERR_CANCELLED', 'distillation was stopped');
    const table: StaticTable = {
      vocabulary: tokens.join('\n'),
      dimension,
      ...quantise(
        principalComponents(vectors, dimension, (id) => counts[id]!),
        sifWeights(counts),
      ),
      about: {
        'model sha256': await hashFile(encoder.modelFile),
        'tokenizer sha256': await hashFile(file),
        weights: `smooth inverse frequency, a = ${SIF}, Zipf by rank`,
      },
    };
    await writeStaticTable(out, table);
    return table;
  } finally {
    await encoder.close();
  }
}
