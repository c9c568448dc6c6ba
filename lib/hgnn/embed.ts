import * as tf from '@tensorflow/tfjs-core';
import { type Matrix, matrix } from '../artifacts/index.js';
import { CohearError, require } from '../errors/index.js';
import type { ItemGraph } from '../graph/index.js';
import type { LongWork } from '../progress/index.js';
import { shares } from './edge-scores.js';
import { checkWidths, featuresByType, type NodeFeatures } from './features.js';
import type { Hgnn, WeightedBlock } from './model.js';

/**
 * Embeddings of the whole catalogue, layer by layer over full neighbourhoods (no sampling), items without
 * any edge included. A model may embed another graph than the one it was trained on, as long as the types
 * are the same: this is how new items and later graphs get their embeddings (inductively).
 *
 * Memory: two layers of all rows, and one relation's messages of one type; features are read a chunk at a time.
 * @param features the nodes' input rows: text, [catalogue, text width], or one table per type
 * @returns unit rows, [catalogue, out]
 */
export async function embedCatalogue(
  model: Hgnn,
  graph: ItemGraph,
  features: NodeFeatures,
  { onProgress, signal }: LongWork = {},
): Promise<Matrix> {
  const { typeOffsets } = graph;
  const types = model.shape.types.length;
  require(typeOffsets.length === types + 1, 'ERR_SHAPE', () =>
    `embedCatalogue: the model knows ${types} item types, the graph ${typeOffsets.length - 1}`);
  const byType = featuresByType(features, typeOffsets);
  checkWidths(model, byType);

  const blocks = wholeBlocks(model, graph);
  const counts = Array.from({ length: types }, (_, t) => typeOffsets[t + 1]! - typeOffsets[t]!);
  const inputs = byType.map((rows) => (rows.rows === 0 ? null : rows));
  let h: (tf.Tensor2D | null)[] = [];
  try {
    for (let layer = 0; layer < model.layers; layer++) {
      if (signal?.aborted) throw new CohearError('ERR_CANCELLED', 'embedding was cancelled');
      onProgress?.({ task: 'embed', done: layer, total: model.layers, unit: 'layers' });
      const next = tf.tidy(
        () => model.layer(layer, layer === 0 ? inputs : h, { blocks, counts }) as tf.Tensor2D[],
      ) as (tf.Tensor2D | null)[];
      tf.dispose(h.filter((t) => t !== null));
      h = next;
      await new Promise(setImmediate);
    }
    const out = matrix(typeOffsets[types]!, model.shape.widths.at(-1)!);
    h.forEach((rows, t) => {
      if (rows !== null) out.data.set(rows.dataSync(), typeOffsets[t]! * out.cols);
    });
    onProgress?.({ task: 'embed', done: model.layers, total: model.layers, unit: 'layers' });
    return out;
  } finally {
    tf.dispose(h.filter((t) => t !== null));
  }
}

/** Every relation of the model as one block over its whole types; a relation that the graph lacks is empty. */
function wholeBlocks(model: Hgnn, graph: ItemGraph): WeightedBlock[] {
  return model.shape.relations.map((wanted) => {
    const found = graph.relations.findIndex(
      (r) => r.sourceType === wanted.sourceType && r.destinationType === wanted.destinationType,
    );
    const first = graph.typeOffsets[wanted.sourceType]!;
    const rows = graph.typeOffsets[wanted.destinationType + 1]! - graph.typeOffsets[wanted.destinationType]!;
    if (found < 0) return { offsets: new BigUint64Array(rows + 1), indices: new Uint32Array(0) };
    const { offsets, indices, scores } = graph.relation(found);
    const block = { offsets, indices: indices.map((row) => row - first) };
    if (model.shape.aggregator !== 'weighted-mean') return block;
    require(scores !== undefined, 'ERR_VALUE', 'embedCatalogue: the weighted mean wants a graph with scores');
    return { ...block, weights: shares(offsets, scores) };
  });
}
