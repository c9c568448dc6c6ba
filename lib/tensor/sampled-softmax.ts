import * as tf from '@tensorflow/tfjs-core';
import { require } from '../errors/index.js';
import { addon } from '../native/index.js';
import type { SoftmaxItems } from '../native/tensor.js';
import { type CohearBackend, cohearBackend } from './backend.js';
import { composedSampledSoftmaxLoss } from './composed-softmax.js';
import type { AggregateBlock } from './segment.js';
import { recording, scaled, tensorOf } from './tape.js';

export interface SoftmaxNegatives {
  /** [size, width] */
  readonly items: tf.Tensor2D;
  readonly ids: Uint32Array;
  /** log of the probability with which each was drawn; default 0. */
  readonly logQ?: Float32Array | undefined;
  /** [size], added to the logits; only together with itemBias. */
  readonly bias?: tf.Tensor1D | undefined;
}

export interface SampledSoftmaxOptions {
  /** The item of each row. */
  readonly itemIds: Uint32Array;
  /** log of the probability with which each row's item gets into a batch; default 0. */
  readonly logQ?: Float32Array | undefined;
  /** Default 1. */
  readonly temperature?: number | undefined;
  /** [batch], added to the logits of each item (not divided by the temperature); has a gradient. */
  readonly itemBias?: tf.Tensor1D | undefined;
  /** Weight of each row, at least 0; default 1 each. */
  readonly weights?: Float32Array | undefined;
  /** Ids that are no negatives for the user of row r: indices[offsets[r] .. offsets[r + 1]). */
  readonly positives?: AggregateBlock | undefined;
  /** More negatives, shared by all rows. */
  readonly negatives?: SoftmaxNegatives | undefined;
}

/**
 * In-batch sampled softmax: row r's positive is item r, every other candidate its negative.
 *   logit[r][c] = u_r · i_c / temperature + bias_c − logQ_c
 *   loss = Σ_r w_r (log Σ_c exp logit[r][c] − logit[r][r]) / Σ_r w_r
 * c runs over the batch's items and `negatives`, less accidental hits: candidates other than r itself whose id is
 * row r's own or among its `positives`. Gradients for user, item, itemBias and the negatives are made with the
 * loss, block by block of rows: the logits are never there as a whole, and bits do not depend on threads.
 * Yi et al., "Sampling-bias-corrected neural modeling", RecSys 2019.
 * @param user [batch, width]
 * @param item [batch, width]
 * @returns a scalar
 * @throws CohearError ERR_SHAPE, ERR_VALUE (temperature, weights or logQ that cannot be used)
 */
export function sampledSoftmaxLoss(
  user: tf.Tensor2D,
  item: tf.Tensor2D,
  options: SampledSoftmaxOptions,
): tf.Scalar {
  const { itemBias, negatives } = options;
  const same =
    user.rank === 2 && item.rank === 2 && user.shape[0] === item.shape[0] && user.shape[1] === item.shape[1];
  require(same && user.dtype === 'float32' && item.dtype === 'float32', 'ERR_SHAPE', () =>
    `sampledSoftmaxLoss: want user and item as float32 of one shape, got [${user.shape}] and [${item.shape}]`);
  require(negatives === undefined ||
    (negatives.items.rank === 2 && negatives.items.shape[1] === user.shape[1]), 'ERR_SHAPE', () =>
    `sampledSoftmaxLoss: negatives are [${negatives?.items.shape}], want [any, ${user.shape[1]}]`);
  require(negatives === undefined ||
    (negatives.bias === undefined) ===
      (itemBias ===
        undefined), 'ERR_VALUE', 'sampledSoftmaxLoss: give a bias to both the items and the negatives, or to neither');
  const backend = cohearBackend();
  if (backend === null) return composedSampledSoftmaxLoss(user, item, options);
  const inputs: tf.Tensor[] = [user, item];
  if (itemBias) inputs.push(itemBias);
  if (negatives) inputs.push(negatives.items);
  if (negatives?.bias) inputs.push(negatives.bias);
  const withGradient = recording();
  const op = tf.customGrad((...args) => {
    const save = args.at(-1) as tf.GradSaveFunc;
    const given = args.slice(0, -1) as tf.Tensor[];
    const gradients = given.map((input) => (withGradient ? backend.pool.float32(input.size) : null));
    const loss = run(backend, given, gradients, options);
    save(gradients.flatMap((values, i) => (values ? [tensorOf(backend, given[i]!.shape, values)] : [])));
    return {
      value: tf.scalar(loss),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => saved.map((gradient) => scaled(backend, gradient, dy)),
    };
  });
  return op(...inputs) as tf.Scalar;
}

/** inputs and gradients: user, item, and as far as they are there itemBias, negatives.items, negatives.bias. */
function run(
  backend: CohearBackend,
  inputs: readonly tf.Tensor[],
  gradients: readonly (Float32Array | null)[],
  { itemIds, logQ, temperature = 1, itemBias, weights, positives, negatives }: SampledSoftmaxOptions,
): number {
  const first = itemBias ? 3 : 2; // where the negatives begin
  const side = (
    at: number,
    biasAt: number | null,
    ids: Uint32Array,
    q: Float32Array | undefined,
  ): SoftmaxItems => ({
    rows: backend.floats(inputs[at]!)!,
    logQ: q ?? null,
    bias: biasAt === null ? null : backend.floats(inputs[biasAt]!),
    ids,
    gradient: gradients[at]!,
    biasGradient: biasAt === null ? null : gradients[biasAt]!,
  });
  return addon.sampledSoftmax(
    backend.floats(inputs[0]!)!,
    inputs[0]!.shape[1]!,
    temperature,
    side(1, itemBias ? 2 : null, itemIds, logQ),
    negatives ? side(first, negatives.bias ? first + 1 : null, negatives.ids, negatives.logQ) : null,
    weights ?? null,
    positives?.offsets ?? null,
    positives?.indices ?? null,
    gradients[0]!,
  );
}
