import * as tf from '@tensorflow/tfjs-core';
import type { Checkpoint, Matrix, NamedTensor } from '../artifacts/index.js';
import { require } from '../errors/index.js';
import { ItemGraph } from '../graph/index.js';
import type { LongWork } from '../progress/index.js';
import { derive } from '../random/index.js';
import { type LinkBatch, type Links, linkLoader, sampleNegatives, splitEdges } from '../sampler/index.js';
import { exportTraining, FusedAdam, importTraining, tableRows } from '../tensor/index.js';
import { embedCatalogue } from './embed.js';
import { featuresByType, inputWidths, type NodeFeatures } from './features.js';
import { type LinkLoss, linkLoss } from './loss.js';
import { Hgnn } from './model.js';
import type { HgnnOptions } from './options.js';

export interface HgnnTraining {
  readonly model: Hgnn;
  /** One line per epoch. */
  readonly curve: readonly HgnnEpoch[];
  readonly bestEpoch: number;
}
export interface HgnnEpoch {
  readonly epoch: number;
  readonly steps: number;
  readonly loss: number;
  readonly validationLoss: number;
  /** Share of validation edges that score above their negative (ties count half). */
  readonly validationAccuracy: number;
}

/** How a training is run. */
export interface HgnnWork extends LongWork {
  readonly checkpoint?: Checkpoint | undefined;
  /** What progress calls it. */
  readonly name?: string;
}

/** Most validation edges that are scored after an epoch. */
const VALIDATION_EDGES = 20_000;

/**
 * Trains the foundation layer on the edges of a graph (self-supervised):
 *
 *     loss = mean over (a, p, n) of max(0, z_a·z_n − z_a·z_p + Δ)
 *
 * Edges of `graph` are the supervision and the message passing; a batch's own edges are taken out of its
 * message passing in both directions. Negatives are uniform over the positive's type and rejected when they
 * are neighbours of the anchor in `full`, the unpruned graph. A share of the edges is held out, left out of
 * message passing in both directions, and stops training when its loss no longer falls; the best epoch's
 * weights are kept.
 *
 * Same seed, same bits, at any thread count, interrupted and resumed or not.
 * @param features the nodes' input rows: text, [catalogue, text width], or one matrix per type
 * @throws CohearError ERR_CANCELLED on `signal`, after which the same call with the same checkpoint goes on
 */
export async function trainHgnn(
  input: { graph: ItemGraph; full: ItemGraph; features: NodeFeatures; types: readonly string[] },
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
  const split = { train: new ItemGraph(train), validation };
  const model = new Hgnn(
    {
      types: input.types,
      relations: input.graph.relations.map(({ sourceType, destinationType }) => ({
        sourceType,
        destinationType,
      })),
      widths: [width, ...options.fanouts.slice(1).map(() => options.hidden), options.out],
      inputs,
    },
    derive(options.seed, 'hgnn weights'),
  );
  const optimizer = new FusedAdam(model.parameters.list, { learningRate: options.learningRate });
  try {
    return await new Run(model, optimizer, split, { full, features }, options, work).train();
  } catch (error) {
    model.dispose();
    throw error;
  } finally {
    split.train.close();
  }
}

interface Split {
  readonly train: ItemGraph;
  readonly validation: Links;
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

  constructor(
    readonly model: Hgnn,
    readonly optimizer: FusedAdam,
    readonly split: Split,
    readonly data: { full: ItemGraph; features: readonly Matrix[] },
    readonly options: HgnnOptions,
    readonly work: HgnnWork,
  ) {
    this.bestWeights = model.export();
    this.loss = linkLoss(options, split.train);
  }

  async train(): Promise<HgnnTraining> {
    await this.#resume();
    const { epochs, patience } = this.options;
    while (this.state.epoch < epochs && this.state.epoch - this.state.best.epoch <= patience) {
      const trained = await this.#epoch(this.state.epoch);
      const judged = await this.#validate();
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
      graph: split.train,
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
    const { optimizer } = this;
    return tf.tidy(() => {
      const loss = optimizer.minimize(() => {
        return this.loss(this.#forward(batch), batch);
      });
      return loss.dataSync()[0]!;
    });
  }

  #forward(batch: LinkBatch): tf.Tensor2D {
    const { model } = this;
    const first = this.split.train.typeOffsets;
    let h: (tf.Tensor2D | null)[] = batch.nodes.map((rows, t) =>
      rows.length === 0
        ? null
        : tableRows(
            this.data.features[t]!,
            rows.map((row) => row - first[t]!),
          ),
    );
    for (let layer = 0; layer < model.layers; layer++) {
      const hop = model.layers - 1 - layer;
      h = model.layer(layer, h, { blocks: batch.blocks[hop]!, counts: batch.counts[hop]! });
    }
    const rows = h.filter((t) => t !== null);
    return rows.length === 1 ? rows[0]! : tf.concat2d(rows, 0);
  }

  async #validate(): Promise<{ validationLoss: number; validationAccuracy: number }> {
    const { split, options, data } = this;
    const anchors = split.validation.anchors.slice(0, VALIDATION_EDGES);
    const positives = split.validation.positives.slice(0, VALIDATION_EDGES);
    if (anchors.length === 0) return { validationLoss: -this.state.epoch, validationAccuracy: 0 };
    const z = await embedCatalogue(this.model, split.train, data.features, { signal: this.work.signal });
    const { negatives } = await sampleNegatives(
      data.full,
      { anchors, positives },
      { seed: derive(options.seed, 'hgnn validation') },
    );
    const dot = (a: number, b: number) => {
      let sum = 0;
      for (let i = 0; i < z.cols; i++) sum += z.data[a * z.cols + i]! * z.data[b * z.cols + i]!;
      return sum;
    };
    let [loss, right] = [0, 0];
    for (let e = 0; e < anchors.length; e++) {
      const difference = dot(anchors[e]!, negatives[e]!) - dot(anchors[e]!, positives[e]!);
      loss += Math.max(0, difference + options.margin);
      right += difference < 0 ? 1 : difference === 0 ? 0.5 : 0;
    }
    return { validationLoss: loss / anchors.length, validationAccuracy: right / anchors.length };
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

const prefixed = (tensors: Record<string, NamedTensor>, prefix: string) =>
  Object.fromEntries(Object.entries(tensors).map(([name, t]) => [prefix + name, t]));
const stripped = (tensors: Readonly<Record<string, NamedTensor>>, prefix: string) =>
  Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, t]) => [name.slice(prefix.length), t]),
  );
