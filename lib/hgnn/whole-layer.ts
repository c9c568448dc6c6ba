import * as tf from '@tensorflow/tfjs-core';
import type { Matrix } from '../artifacts/index.js';
import {
  type AggregateBlock,
  aggregateInto,
  borrowFloats,
  denseInto,
  normalizeInPlace,
} from '../tensor/index.js';
import type { Hgnn, RelationKey } from './model.js';
import type { RowSpan } from './row-span.js';

/** A relation over all nodes of its two types. */
export interface WholeRelation extends RelationKey {
  /** Its number in the model. */
  readonly index: number;
  /** The source rows that it reads; undefined: all. */
  readonly places?: Int32Array | undefined;
  /** Of those rows. */
  readonly block: AggregateBlock;
  readonly weights?: Float32Array | undefined;
}

export interface WholeLayerInput {
  /** Input rows by type. */
  readonly h: readonly RowSpan[];
  readonly relations: readonly WholeRelation[];
  readonly typeOffsets: Uint32Array;
  /** Where the layer's rows go, all types one after the other. */
  readonly out: Matrix;
  /** Lets others run between pieces of work, and throws to end it. */
  readonly breathe: () => Promise<void>;
}

/**
 * One layer of the model for all nodes: what {@link Hgnn.layer} gives (to rounding: terms are added in another order),
 * without a tape, so that nothing is held but its input, its output and the messages of one relation. Messages are
 * added up first, then the product of a node's own row is added to them and goes through ReLU while it is in cache.
 */
export async function wholeLayer(
  model: Hgnn,
  layer: number,
  { h, relations, typeOffsets, out, breathe }: WholeLayerInput,
): Promise<void> {
  const { aggregator = 'max' } = model.shape;
  const mode = aggregator === 'weighted-mean' ? 'sum' : aggregator;
  const width = out.cols;
  const last = layer + 1 === model.layers;
  for (const [type, own] of h.entries()) {
    const sums = rowsOf(out.data, typeOffsets[type]!, own.rows, width);
    let add = false;
    for (const { index, sourceType, places, block, weights } of relations.filter(
      ({ destinationType }) => destinationType === type,
    )) {
      await breathe();
      const source = places ? h[sourceType]!.pick(places) : h[sourceType]!;
      const messages = borrowFloats(source.rows * width);
      try {
        const of = model.messageWeights(layer, index);
        source.forEachChunk((x, from, count) =>
          denseInto(rowsOf(messages.values, from, count, width), x, of, { activation: 'relu' }),
        );
        const mix = model.mixWeights(layer, index);
        if (mix === null) {
          aggregateInto(sums, messages.values, block, { width, mode, weights, add });
        } else {
          const received = borrowFloats(sums.length);
          try {
            aggregateInto(received.values, messages.values, block, { width, mode, weights });
            denseInto(sums, received.values, mix, { add });
          } finally {
            received.giveBack();
          }
        }
      } finally {
        messages.giveBack();
      }
      add = true;
    }
    await breathe();
    const of = model.selfWeights(layer, type);
    const activation = model.plain && !last ? 'relu' : 'linear';
    own.forEachChunk((x, from, count) => {
      const chunk = rowsOf(sums, from, count, width);
      denseInto(chunk, x, of, { activation, add });
      if (model.plain) {
        if (last) normalizeInPlace(chunk, width);
        return;
      }
      tf.tidy(() => {
        const sum = tf.tensor2d(chunk, [count, width]);
        chunk.set(model.activate(layer, type, sum, tf.tensor2d(x, [count, own.cols])).dataSync());
      });
    });
  }
}

const rowsOf = (values: Float32Array, from: number, count: number, width: number): Float32Array =>
  values.subarray(from * width, (from + count) * width);
