import { type Matrix, matrix } from '../artifacts/index.js';
import { CohearError, require } from '../errors/index.js';
import type { ItemGraph } from '../graph/index.js';
import type { LongWork } from '../progress/index.js';
import { type BorrowedFloats, borrowFloats, usedPlaces } from '../tensor/index.js';
import { shares } from './edge-scores.js';
import { checkWidths, featuresByType, type NodeFeatures } from './features.js';
import type { Hgnn } from './model.js';
import { RowSpan } from './row-span.js';
import { type WholeRelation, wholeLayer } from './whole-layer.js';

/**
 * Embeddings of the whole catalogue, layer by layer over full neighbourhoods (no sampling), items without
 * any edge included. A model may embed another graph than the one it was trained on, as long as the types
 * are the same: this is how new items and later graphs get their embeddings (inductively).
 *
 * Memory: two layers of all rows, and one relation's messages; features are read a chunk at a time.
 * @param features the nodes' input rows: text, [catalogue, text width], or one table per type
 * @returns unit rows, [catalogue, out]
 */
export async function embedCatalogue(
  model: Hgnn,
  graph: ItemGraph,
  features: NodeFeatures,
  { onProgress, signal }: LongWork = {},
): Promise<Matrix> {
  const { typeOffsets, nodes } = graph;
  const types = model.shape.types.length;
  require(typeOffsets.length === types + 1, 'ERR_SHAPE', () =>
    `embedCatalogue: the model knows ${types} item types, the graph ${typeOffsets.length - 1}`);
  let h = featuresByType(features, typeOffsets);
  checkWidths(model, h);

  const relations = wholeRelations(model, graph);
  const breathe = async () => {
    await new Promise(setImmediate);
    if (signal?.aborted) throw new CohearError('ERR_CANCELLED', 'embedding was cancelled');
  };
  let held: BorrowedFloats | undefined;
  try {
    for (let layer = 0; ; layer++) {
      onProgress?.({ task: 'embed', done: layer, total: model.layers, unit: 'layers' });
      const width = model.shape.widths[layer + 1]!;
      const last = layer + 1 === model.layers;
      const next = last ? undefined : borrowFloats(nodes * width);
      const out = matrix(nodes, width, next?.values);
      try {
        await wholeLayer(model, layer, { h, relations, typeOffsets, out, breathe });
      } finally {
        held?.giveBack();
        held = next;
      }
      if (last) {
        onProgress?.({ task: 'embed', done: model.layers, total: model.layers, unit: 'layers' });
        return out;
      }
      h = Array.from({ length: types }, (_, t) => RowSpan.range(out, typeOffsets[t]!, typeOffsets[t + 1]!));
    }
  } finally {
    held?.giveBack();
  }
}

/** The relations of the model that have edges, whole. */
function wholeRelations(model: Hgnn, graph: ItemGraph): WholeRelation[] {
  return model.shape.relations.flatMap((wanted, index) => {
    const found = graph.relations.findIndex(
      (r) => r.sourceType === wanted.sourceType && r.destinationType === wanted.destinationType,
    );
    if (found < 0 || graph.relations[found]!.edges === 0) return [];
    const first = graph.typeOffsets[wanted.sourceType]!;
    const sources = graph.typeOffsets[wanted.sourceType + 1]! - first;
    const { offsets, indices, scores } = graph.relation(found);
    for (let e = 0; e < indices.length; e++) indices[e]! -= first; // a copy of the graph's
    const { places, block } = usedPlaces(sources, { offsets, indices });
    const relation = { index, ...wanted, places, block };
    if (model.shape.aggregator !== 'weighted-mean') return [relation];
    require(scores !== undefined, 'ERR_VALUE', 'embedCatalogue: the weighted mean wants a graph with scores');
    return [{ ...relation, weights: shares(offsets, scores) }];
  });
}
