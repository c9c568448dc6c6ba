import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensor } from '../artifacts/index.js';
import { require } from '../errors/index.js';
import { ItemGraph } from '../graph/index.js';
import { derive } from '../random/index.js';
import { type LinkBatch, type Links, linkLoader, splitEdges } from '../sampler/index.js';
import { exportTraining, FusedAdam, importTraining, sampledSoftmaxLoss } from '../tensor/index.js';
import { EdgeScores } from './edge-scores.js';
import { featuresByType, inputWidths } from './features.js';
import { type LinkLoss, linkLoss } from './loss.js';
import { Hgnn } from './model.js';
import type { HgnnOptions } from './options.js';
import type { RowSpan } from './row-span.js';
import type { HgnnData, HgnnEpoch, HgnnTraining, HgnnWork } from './training.js';
import { validate } from './validate.js';

/**
 * Trains the foundation layer on the edges of a graph (self-supervised):
 *
 *     loss = mean over (a, p, n) of max(0, z_a·z_n − z_a·z_p + Δ)
 *
 * or the softmax of {@link linkLoss}. Edges of `graph` are the supervision and, unless `messages` makes others of them,
 * the message passing; a batch's own edges are taken out of its message passing in both directions. Negatives are
 * uniform over the positive's type and rejected when they are neighbours of the anchor in `full`, the unpruned graph.
 * A share of the edges is held out, left out of message passing in both directions, and stops training when its loss
 * no longer falls; the best epoch's weights are kept.
 *
 * Same seed, same bits, at any thread count, interrupted and resumed or not.
 * @param features the nodes' input rows: text, [catalogue, text width], or one table per type
 * @throws CohearError ERR_CANCELLED on `signal`, after which the same call with the same checkpoint goes on
 */
export async function trainHgnn(
  input: HgnnData,
  options: HgnnOptions,
  work: HgnnWork = {},
): Promise<HgnnTraining> {
  const { full } = input;
  const features = featuresByType(input.features, input.graph.typeOffsets);
  const { width, inputs } = inputWidths(features);
  require(input.graph.edges >
    0, 'ERR_VALUE', 'trainHgnn: the graph has no edges; there is nothing to learn from');
  const { train, validation } = await splitEdges(input.graph, {
    fraction: options.validation,
    seed: derive(options.seed, 'hgnn split'),
  });
  using own = new ItemGraph(train);
  using messages = (await input.messages?.(own)) ?? own;
  const model = new Hgnn(
    {
      types: input.types,
      relations: messages.relations.map(({ sourceType, destinationType }) => ({
        sourceType,
        destinationType,
      })),
      widths: [width, ...options.fanouts.slice(1).map(() => options.hidden), options.out],
      inputs,
      aggregator: options.aggregator,
      combine: options.combine,
      residual: options.residual,
      layerNorm: options.layerNorm,
      featureHead: options.featureTask > 0,
    },
    derive(options.seed, 'hgnn weights'),
  );
  try {
    if (input.start) model.parameters.startFrom(input.start);
    const optimizer = new FusedAdam(model.parameters.list, { learningRate: options.learningRate });
    const split = { train: own, validation, messages };
    return await new Run(model, optimizer, split, { full, features }, options, work).train();
  } catch (error) {
    model.dispose();
    throw error;
  }
}

interface Split {
  readonly train: ItemGraph;
  readonly validation: Links;
  /** What messages go along. */
  readonly messages: ItemGraph;
}
interface Progressing {
  epoch: number;
  best: { epoch: number; loss: number };
  curve: HgnnEpoch[];
}

class Run {
  state: Progressing = { epoch: 0, best: { epoch: -1, loss: Number.POSITIVE_INFINITY }, curve: [] };
  bestWeights: Record<string, NamedTensor>;
  readonly loss: LinkLoss;
  /** Scores of the edges that messages go along, and of the supervision edges; null where nobody asks for them. */
  readonly weigh: { readonly messages: EdgeScores | null; readonly links: EdgeScores | null };

  constructor(
    readonly model: Hgnn,
    readonly optimizer: FusedAdam,
    readonly split: Split,
    readonly data: { full: ItemGraph; features: readonly RowSpan[] },
    readonly options: HgnnOptions,
    readonly work: HgnnWork,
  ) {
    this.bestWeights = model.export();
    this.loss = linkLoss(options, split.train);
    this.weigh = {
      messages: options.aggregator === 'weighted-mean' ? new EdgeScores(split.messages) : null,
      links: options.linkWeights === 'score' ? new EdgeScores(split.train) : null,
    };
  }

  async train(): Promise<HgnnTraining> {
    await this.#resume();
    const { epochs, patience } = this.options;
    while (this.state.epoch < epochs && this.state.epoch - this.state.best.epoch <= patience) {
      const trained = await this.#epoch(this.state.epoch);
      const { split, data, options } = this;
      const judged =
        split.validation.anchors.length > 0
          ? await validate(this.model, { ...split, ...data }, options, this.work)
          : { validationLoss: -this.state.epoch, validationAccuracy: 0 }; // nothing is held out: each epoch is better
      this.state.curve.push({ epoch: this.state.epoch, ...trained, ...judged });
      if (judged.validationLoss < this.state.best.loss) {
        this.state.best = { epoch: this.state.epoch, loss: judged.validationLoss };
        this.bestWeights = this.model.export();
      }
      this.state.epoch++;
      await this.#save();
    }
    this.model.import(this.bestWeights);
    return { model: this.model, curve: this.state.curve, bestEpoch: this.state.best.epoch };
  }

  async #epoch(epoch: number): Promise<{ steps: number; loss: number }> {
    const { options, work, split, data } = this;
    let [sum, done] = [0, 0];
    const batches = linkLoader({
      graph: split.messages,
      full: data.full,
      supervision: split.train,
      balanced: options.balanced,
      batch: options.batch,
      negatives: options.negatives,
      fanouts: options.fanouts,
      seed: derive(options.seed, 'hgnn links'),
      epoch,
      signal: work.signal,
    });
    for await (const batch of batches) {
      sum += this.#step(batch);
      done++;
      const total = Math.min(options.stepsPerEpoch, batch.steps);
      work.onProgress?.({
        task: `${work.name ?? 'hgnn'} epoch ${epoch + 1}/${options.epochs}`,
        done,
        total,
        unit: 'steps',
        note: `loss ${(sum / done).toFixed(4)}`,
      });
      if (done === total) break;
    }
    require(done > 0, 'ERR_VALUE', 'trainHgnn: no training edges are left after the validation split');
    return { steps: done, loss: sum / done };
  }

  #step(batch: LinkBatch): number {
    const { optimizer, weigh, options } = this;
    return tf.tidy(() => {
      const loss = optimizer.minimize(() => {
        const z = this.#forward(batch);
        const links = this.loss(z, batch, weigh.links?.ofLinks(batch));
        if (options.featureTask === 0) return links;
        return tf.add(links, tf.mul(this.#featureLoss(z, batch), options.featureTask)) as tf.Scalar;
      });
      return loss.dataSync()[0]!;
    });
  }

  #forward(batch: LinkBatch): tf.Tensor2D {
    const { model } = this;
    let h = batch.nodes.map((rows, t) => this.#features(t, rows));
    for (let layer = 0; layer < model.layers; layer++) {
      const hop = model.layers - 1 - layer;
      const blocks = this.weigh.messages?.weighted(batch.blocks[hop]!, batch.nodes) ?? batch.blocks[hop]!;
      h = model.layer(layer, h, { blocks, counts: batch.counts[hop]! });
    }
    return stacked(h);
  }

  /** Input rows of nodes of a type; null where there are none. */
  #features(type: number, rows: Uint32Array): tf.Tensor2D | null {
    if (rows.length === 0) return null;
    const first = this.split.train.typeOffsets[type]!;
    return this.data.features[type]!.pick(rows.map((row) => row - first)).tensor();
  }

  /** −log softmax_a( z_a · head(x_j) / τ ), j over the anchors of the batch: an item's embedding finds its own text. */
  #featureLoss(z: tf.Tensor2D, { nodes, counts, anchors, anchorPositions }: LinkBatch): tf.Scalar {
    const heads = nodes.map((rows, t) => {
      const x = this.#features(t, rows.subarray(0, counts[0]![t]!));
      return x && this.model.head(t, x);
    });
    const at = tf.tensor1d(Int32Array.from(anchorPositions), 'int32');
    return sampledSoftmaxLoss(tf.gather(z, at), tf.gather(stacked(heads), at), {
      itemIds: anchors,
      temperature: this.options.temperature,
    });
  }

  async #save(): Promise<void> {
    await this.work.checkpoint?.save({
      tensors: {
        ...exportTraining(this.model.parameters, this.optimizer),
        ...prefixed(this.bestWeights, 'best.'),
      },
      values: { ...this.state },
    });
  }

  async #resume(): Promise<void> {
    const saved = await this.work.checkpoint?.load();
    if (saved === undefined) return;
    importTraining(saved.tensors, this.model.parameters, this.optimizer);
    this.bestWeights = stripped(saved.tensors, 'best.');
    this.state = structuredClone(saved.values) as unknown as Progressing;
    this.state.best.loss ??= Number.POSITIVE_INFINITY; // JSON has no infinity
  }
}

/** The rows of all types, one below the other. */
function stacked(rows: readonly (tf.Tensor2D | null)[]): tf.Tensor2D {
  const filled = rows.filter((t) => t !== null);
  return filled.length === 1 ? filled[0]! : tf.concat2d(filled, 0);
}

const prefixed = (tensors: Record<string, NamedTensor>, prefix: string) =>
  Object.fromEntries(Object.entries(tensors).map(([name, t]) => [prefix + name, t]));
const stripped = (tensors: Readonly<Record<string, NamedTensor>>, prefix: string) =>
  Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, t]) => [name.slice(prefix.length), t]),
  );
