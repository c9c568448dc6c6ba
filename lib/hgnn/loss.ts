import * as tf from '@tensorflow/tfjs-core';
import type { ItemGraph } from '../graph/index.js';
import type { LinkBatch } from '../sampler/index.js';
import { composedMaxMarginLoss, maxMarginLoss, sampledSoftmaxLoss } from '../tensor/index.js';
import type { HgnnOptions } from './options.js';

/** The loss of one batch of links over the unit vectors of its nodes; `weights` are one per link, if not all alike. */
export type LinkLoss = (z: tf.Tensor2D, batch: LinkBatch, weights?: Float32Array) => tf.Scalar;

/**
 * The training loss by name.
 *
 *     max-margin   mean over (a, p, n) of max(0, z_a·z_n − z_a·z_p + Δ)                        (the papers')
 *     softmax      −log softmax_p( z_a·z_j / τ − log E_j ), j over the batch's positives and negatives
 *
 * E_j is how often item j is expected among the candidates (logQ correction): B p_j + M q_j, where p_j is the share
 * of supervision links with j as their positive, and q_j that of the negatives, uniform in the type of a positive.
 * A candidate that is the same item as the row's own positive is left out. With weights both are weighted means.
 */
export function linkLoss(options: HgnnOptions, supervision: ItemGraph): LinkLoss {
  if (options.loss === 'max-margin') {
    return (z, { anchorPositions, positivePositions, negativePositions }, weights) =>
      weights === undefined
        ? maxMarginLoss(z, anchorPositions, positivePositions, negativePositions, options.margin)
        : composedMaxMarginLoss(
            z,
            anchorPositions,
            positivePositions,
            negativePositions,
            options.margin,
            weights,
          );
  }
  const { positives: p, negatives: q } = expectedShares(supervision, options.balanced);
  return (z, batch, weights) => {
    const links = batch.positives.length;
    const drawn = batch.negatives.length;
    const logQ = (items: Uint32Array) =>
      Float32Array.from(items, (item) => Math.log(links * p[item]! + drawn * q[item]!));
    const rows = (positions: Uint32Array) => tf.gather(z, tf.tensor1d(Int32Array.from(positions), 'int32'));
    return sampledSoftmaxLoss(rows(batch.anchorPositions), rows(batch.positivePositions), {
      itemIds: batch.positives,
      logQ: logQ(batch.positives),
      temperature: options.temperature,
      weights,
      negatives: {
        items: rows(batch.negativePositions),
        ids: batch.negatives,
        logQ: logQ(batch.negatives),
      },
    });
  };
}

/** Of a supervision link: the share of links whose positive is each item, and that of their negatives. */
export function expectedShares(
  graph: ItemGraph,
  balanced: boolean,
): { positives: Float64Array; negatives: Float64Array } {
  const { typeOffsets, relations, nodes } = graph;
  const degree = new Map<string, Float64Array>(); // by unordered pair of types
  relations.forEach((relation, r) => {
    const { sourceType: s, destinationType: d } = relation;
    const key = s < d ? `${s} ${d}` : `${d} ${s}`;
    const counts = degree.get(key) ?? new Float64Array(nodes);
    degree.set(key, counts);
    const { offsets, indices } = graph.relation(r);
    const first = typeOffsets[d]!;
    for (let v = 0; v + 1 < offsets.length; v++) counts[first + v]! += Number(offsets[v + 1]! - offsets[v]!);
    for (const source of indices) counts[source]!++;
  });
  const positives = new Float64Array(nodes);
  const totals = [...degree.values()].map((counts) => counts.reduce((a, b) => a + b, 0));
  const filled = totals.filter((total) => total > 0);
  const all = filled.reduce((a, b) => a + b, 0);
  [...degree.values()].forEach((counts, k) => {
    const total = totals[k]!;
    if (total === 0) return;
    const share = balanced ? 1 / filled.length : total / all;
    counts.forEach((count, item) => {
      positives[item]! += (share * count) / total;
    });
  });
  const negatives = new Float64Array(nodes);
  for (let t = 0; t + 1 < typeOffsets.length; t++) {
    const [begin, end] = [typeOffsets[t]!, typeOffsets[t + 1]!];
    const share = positives.subarray(begin, end).reduce((a, b) => a + b, 0);
    negatives.fill(share / (end - begin), begin, end);
  }
  return { positives, negatives };
}
