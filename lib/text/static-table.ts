import { hashFile, readSafetensors, writeSafetensors } from '../artifacts/index.js';
import { CohearError, require } from '../errors/index.js';
import { addon } from '../native/index.js';
import type { StaticTableHandle } from '../native/text.js';

/** A vector per token of a WordPiece vocabulary: scales[t] · rows[t * dimension ..]. */
export interface StaticTable {
  /** Tokens, one a line, in the order of their ids. */
  readonly vocabulary: string;
  readonly dimension: number;
  readonly rows: Int8Array;
  readonly scales: Float32Array;
  /** What it was made from and how; kept in the file. */
  readonly about: Readonly<Record<string, string>>;
}

const KIND = 'cohear static encoder 1';

export async function writeStaticTable(path: string, table: StaticTable): Promise<void> {
  const { vocabulary, dimension, rows, scales, about } = table;
  const text = new Uint8Array(Buffer.from(vocabulary));
  await writeSafetensors(
    path,
    {
      rows: { data: rows, shape: [scales.length, dimension] },
      scales: { data: scales, shape: [scales.length] },
      vocabulary: { data: text, shape: [text.length] },
    },
    { ...about, kind: KIND },
  );
}

/** A table opened for encoding. */
export interface OpenTable {
  readonly handle: StaticTableHandle;
  readonly dimension: number;
  /** SHA-256 of its file. */
  readonly hash: string;
}

/**
 * Opens a table that {@link writeStaticTable} wrote.
 * @throws CohearError ERR_MISSING when the file is not there, ERR_FORMAT when it is something else
 */
export async function openStaticTable(path: string): Promise<OpenTable> {
  const { tensors, metadata } = await readSafetensors(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw cause;
    throw new CohearError(
      'ERR_MISSING',
      `no static encoder ${path}: make one with \`cohear distill\`, or use the encoder "built-in" or "hashing"`,
      { cause },
    );
  });
  const [rows, scales, vocabulary] = [tensors.rows, tensors.scales, tensors.vocabulary];
  require(metadata.kind === KIND &&
    rows?.data instanceof Int8Array &&
    rows.shape.length === 2 &&
    scales?.data instanceof Float32Array &&
    vocabulary?.data instanceof Uint8Array, 'ERR_FORMAT', () =>
    `${path}: not a table of \`cohear distill\` (kind "${metadata.kind ?? ''}", want "${KIND}")`);
  const dimension = rows.shape[1]!;
  const handle = addon.createStaticTable({
    vocabulary: vocabulary.data,
    rows: rows.data,
    scales: scales.data,
    dimension,
  });
  return { handle, dimension, hash: await hashFile(path) };
}
