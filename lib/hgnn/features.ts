import { type Matrix, matrix } from '../artifacts/index.js';
import { require } from '../errors/index.js';
import type { Hgnn } from './model.js';

/** The input rows of all nodes: one matrix in the order of the graph, or one per type where their widths differ. */
export type NodeFeatures = Matrix | readonly Matrix[];

/**
 * The rows of each type, as views.
 * @throws CohearError ERR_SHAPE where there are more or fewer types or rows than the graph has
 */
export function featuresByType(features: NodeFeatures, typeOffsets: Uint32Array): readonly Matrix[] {
  const types = typeOffsets.length - 1;
  const count = (t: number) => typeOffsets[t + 1]! - typeOffsets[t]!;
  if (isMatrix(features)) {
    const { rows, cols, data } = features;
    require(rows === typeOffsets[types], 'ERR_SHAPE', () =>
      `hgnn: ${rows} feature rows for a graph of ${typeOffsets[types]} items`);
    const part = (t: number) => data.subarray(typeOffsets[t]! * cols, typeOffsets[t + 1]! * cols);
    return Array.from({ length: types }, (_, t) => matrix(count(t), cols, part(t)));
  }
  require(features.length === types, 'ERR_SHAPE', () =>
    `hgnn: features of ${features.length} types for a graph of ${types}`);
  features.forEach(({ rows }, t) => {
    require(rows === count(t), 'ERR_SHAPE', () =>
      `hgnn: ${rows} feature rows for the ${count(t)} nodes of type ${t}`);
  });
  return features;
}

/** Input widths as a model's shape has them: the widest, and those of the types where they differ. */
export function inputWidths(features: readonly Matrix[]): { width: number; inputs?: readonly number[] } {
  const inputs = features.map(({ cols }) => cols);
  const width = Math.max(...inputs);
  return inputs.every((one) => one === width) ? { width } : { width, inputs };
}

/** @throws CohearError ERR_SHAPE where a type's rows are not as wide as the model's input */
export function checkWidths(model: Hgnn, features: readonly Matrix[]): void {
  features.forEach(({ cols }, t) => {
    require(cols === model.inputWidth(0, t), 'ERR_SHAPE', () =>
      `hgnn: features are ${cols} wide, the model wants ${model.inputWidth(0, t)}`);
  });
}

const isMatrix = (features: NodeFeatures): features is Matrix => 'data' in features;
