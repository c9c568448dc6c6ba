import type { Rows } from '../artifacts/index.js';
import { require } from '../errors/index.js';
import type { Hgnn } from './model.js';
import { RowSpan } from './row-span.js';

/**
 * The input rows of all nodes: one table, in memory or in a file, in the order of the graph, or one per type where their
 * widths differ.
 */
export type NodeFeatures = Rows | readonly (Rows | RowSpan)[];

/**
 * The rows of each type.
 * @throws CohearError ERR_SHAPE where there are more or fewer types or rows than the graph has
 */
export function featuresByType(features: NodeFeatures, typeOffsets: Uint32Array): readonly RowSpan[] {
  const types = typeOffsets.length - 1;
  const count = (t: number) => typeOffsets[t + 1]! - typeOffsets[t]!;
  if (!isList(features)) {
    require(features.rows === typeOffsets[types], 'ERR_SHAPE', () =>
      `hgnn: ${features.rows} feature rows for a graph of ${typeOffsets[types]} items`);
    return Array.from({ length: types }, (_, t) =>
      RowSpan.range(features, typeOffsets[t]!, typeOffsets[t + 1]!),
    );
  }
  require(features.length === types, 'ERR_SHAPE', () =>
    `hgnn: features of ${features.length} types for a graph of ${types}`);
  return features.map((rows, t) => {
    require(rows.rows === count(t), 'ERR_SHAPE', () =>
      `hgnn: ${rows.rows} feature rows for the ${count(t)} nodes of type ${t}`);
    return rows instanceof RowSpan ? rows : RowSpan.range(rows, 0, rows.rows);
  });
}

/** Input widths as a model's shape has them: the widest, and those of the types where they differ. */
export function inputWidths(features: readonly RowSpan[]): { width: number; inputs?: readonly number[] } {
  const inputs = features.map(({ cols }) => cols);
  const width = Math.max(...inputs);
  return inputs.every((one) => one === width) ? { width } : { width, inputs };
}

/** @throws CohearError ERR_SHAPE where a type's rows are not as wide as the model's input */
export function checkWidths(model: Hgnn, features: readonly RowSpan[]): void {
  features.forEach(({ cols }, t) => {
    require(cols === model.inputWidth(0, t), 'ERR_SHAPE', () =>
      `hgnn: features are ${cols} wide, the model wants ${model.inputWidth(0, t)}`);
  });
}

const isList = (features: NodeFeatures): features is readonly (Rows | RowSpan)[] => Array.isArray(features);
