import * as tf from '@tensorflow/tfjs-core';
import type { Checkpoint, NamedTensor } from '../artifacts/index.js';
import { CohearError, require } from '../errors/index.js';
import type { LongWork } from '../progress/index.js';
import { below, derive, permutation } from '../random/index.js';
import { exportTraining, FusedAdam, importTraining, sampledSoftmaxLoss } from '../tensor/index.js';
import { type Moment, MomentInputs, type World } from './inputs.js';
import { literalLoss } from './literal-loss.js';
import { type TowerPair, TwoTower } from './model.js';
import type { TwoTowerOptions } from './options.js';
import type { Examples } from './snapshots.js';

/** A past moment and what users took after it. */
export interface TrainingSnapshot {
  readonly moment: Moment;
  readonly examples: Examples;
}

/** How a training is run. */
export interface TwoTowerWork extends LongWork {
  readonly checkpoint?: Checkpoint | undefined;
  /** What progress calls it. */
  readonly name?: string;
  /** Weights to start from; those that they lack start as in a new model. */
  readonly start?: Readonly<Record<string, NamedTensor>> | undefined;
  /**
   * Catalogue rows [begin, end) that it is about: the examples' items are of them, and so are the uniform negatives.
   * Default: all. One type's rows make a two-tower of that type alone.
   */
  readonly range?: readonly [begin: number, end: number];
}

export interface TwoTowerTraining {
  readonly model: TwoTower;
  readonly curve: readonly { readonly epoch: number; readonly steps: number; readonly loss: number }[];
}

/**
 * Trains the adaptation layer: for each example (u, i) of a snapshot, a softmax over the batch's items and
 * uniform draws from the catalogue, corrected for how likely each was to be there (logQ), or equation (5) of
 * arXiv 2403.05185 as it is printed:
 *
 *     softmax   −log softmax_i( o_u·o_j / τ + b_j − log E_j ),   E_j = B p_j + M / n
 *     literal   mean over j of (o_u·o_j − o_u·o_i)
 *
 * averaged over the examples of a batch by their weights. E_j is how often item j is expected among the candidates: B
 * examples whose items have frequency p in the snapshot, M uniform draws of n items. A candidate that is the same item
 * as the example's own is masked; in the literal loss it adds nothing. What bounds the literal loss is that our towers
 * end in unit vectors: as printed it falls without end.
 * Each member of the model has a loss of its own, over the same batches. A batch holds examples of one snapshot only, so every input in it is from before that snapshot's cut.
 *
 * Same seed, same bits, at any thread count, interrupted and resumed or not.
 * @throws CohearError ERR_CANCELLED on `signal`, after which the same call with the same checkpoint goes on
 */
export async function trainTwoTower(
  world: World,
  snapshots: readonly TrainingSnapshot[],
  options: TwoTowerOptions,
  work: TwoTowerWork = {},
): Promise<TwoTowerTraining> {
  const range = work.range ?? [0, world.catalogue.size];
  const filled = snapshots.filter(({ examples }) => examples.user.length > 0);
  require(filled.length >
    0, 'ERR_VALUE', 'trainTwoTower: no snapshot has an example; there is nothing to learn from');
  for (const { examples } of filled)
    for (const item of examples.item)
      require(item >= range[0] && item < range[1], 'ERR_RANGE', () =>
        `trainTwoTower: an example is of item ${item}, outside the rows [${range[0]}, ${range[1]}) that are learned`);
  const inputs = filled.map(({ moment }) => new MomentInputs(world, moment));
  const model = new TwoTower(inputs[0]!.widths, options, derive(options.seed, 'two-tower weights'));
  const optimizer = new FusedAdam(model.parameters.list, {
    learningRate: options.learningRate,
    weightDecay: options.weightDecay,
  });
  const frequencies = filled.map(({ examples }) => itemFrequency(examples.item, world.catalogue.size));
  const weights = filled.map(({ examples }) =>
    exampleWeights(examples.item, world.catalogue, options.exampleWeights),
  );
  let curve: { epoch: number; steps: number; loss: number }[] = [];
  try {
    if (work.start) model.parameters.startFrom(work.start);
    const saved = await work.checkpoint?.load();
    if (saved !== undefined) {
      importTraining(saved.tensors, model.parameters, optimizer);
      curve = structuredClone(saved.values.curve) as typeof curve;
    }
    for (let epoch = curve.length; epoch < options.epochs; epoch++) {
      const batches = epochBatches(filled, options, epoch);
      let sum = 0;
      for (let step = 0; step < batches.length; step++) {
        if (work.signal?.aborted) {
          throw new CohearError(
            'ERR_CANCELLED',
            'training of the two-tower was cancelled; the same command goes on from its last epoch',
          );
        }
        const { snapshot, rows } = batches[step]!;
        optimizer.learningRate =
          options.learningRate * halfCosine((epoch + step / batches.length) / options.epochs);
        sum += trainStep(model, optimizer, inputs[snapshot]!, {
          users: rows.map((row) => filled[snapshot]!.examples.user[row]!),
          items: rows.map((row) => filled[snapshot]!.examples.item[row]!),
          frequency: frequencies[snapshot]!,
          weights: Float32Array.from(rows, (row) => weights[snapshot]![row]!),
          options,
          range,
          step: [epoch, step],
        });
        work.onProgress?.({
          task: `${work.name ?? 'two-tower'} epoch ${epoch + 1}/${options.epochs}`,
          done: step + 1,
          total: batches.length,
          unit: 'steps',
          note: `loss ${(sum / (step + 1)).toFixed(4)}`,
        });
        await new Promise(setImmediate); // let Ctrl-C and progress through
      }
      curve.push({ epoch, steps: batches.length, loss: sum / batches.length });
      await work.checkpoint?.save({
        tensors: exportTraining(model.parameters, optimizer),
        values: { curve },
      });
    }
    return { model, curve };
  } catch (error) {
    model.dispose();
    throw error;
  } finally {
    for (const i of inputs) i.dispose();
  }
}

/** Batches of an epoch: examples shuffled within their snapshot, then the batches shuffled. */
function epochBatches(
  snapshots: readonly TrainingSnapshot[],
  { batch, seed }: TwoTowerOptions,
  epoch: number,
) {
  const batches: { snapshot: number; rows: Uint32Array }[] = [];
  snapshots.forEach(({ examples }, snapshot) => {
    const order = permutation(examples.user.length, derive(seed, `two-tower order ${snapshot}`), epoch);
    for (let at = 0; at < order.length; at += batch)
      batches.push({ snapshot, rows: order.subarray(at, at + batch) });
  });
  const order = permutation(batches.length, derive(seed, 'two-tower batches'), epoch);
  return Array.from(order, (b) => batches[b]!);
}

interface Step {
  readonly users: Uint32Array;
  readonly items: Uint32Array;
  /** Share of the snapshot's examples that are of each item. */
  readonly frequency: Float32Array;
  /** Of each example in the loss. */
  readonly weights: Float32Array;
  readonly options: TwoTowerOptions;
  readonly range: readonly [begin: number, end: number];
  readonly step: readonly [epoch: number, step: number];
}

function trainStep(model: TwoTower, optimizer: FusedAdam, inputs: MomentInputs, step: Step): number {
  const { options, frequency } = step;
  const [begin, end] = step.range;
  const seed = derive(options.seed, 'two-tower negatives');
  const candidates = new Uint32Array(step.items.length + options.uniformNegatives);
  candidates.set(step.items);
  for (let n = 0; n < options.uniformNegatives; n++) {
    candidates[step.items.length + n] = begin + below(end - begin, seed, n, step.step[1], step.step[0]);
  }
  const logQ = Float32Array.from(candidates, (item) =>
    Math.log(step.items.length * frequency[item]! + options.uniformNegatives / (end - begin)),
  );
  return tf.tidy(() => {
    const users = inputs.users(step.users);
    const items = inputs.items(candidates);
    const statistics = inputs.itemStatistics(candidates);
    const loss = optimizer.minimize(() =>
      tf.addN(
        model.members.map((pair) =>
          pairLoss(pair, { users, items, statistics }, { ...step, candidates, logQ }),
        ),
      ),
    );
    return loss.dataSync()[0]! / model.members.length;
  });
}

/** A batch as the towers see it. */
interface BatchInputs {
  readonly users: tf.Tensor2D;
  /** Of the candidates, as `statistics`. */
  readonly items: tf.Tensor2D;
  readonly statistics: tf.Tensor2D;
}

/** The loss of one member. They are summed, so that each learns as if it were alone. */
function pairLoss(
  pair: TowerPair,
  inputs: BatchInputs,
  step: Step & { readonly candidates: Uint32Array; readonly logQ: Float32Array },
): tf.Scalar {
  const { options, candidates, logQ } = step;
  const batch = step.items.length;
  const drawn = options.uniformNegatives;
  const own = pair.users(inputs.users);
  const vectors = pair.items(inputs.items);
  const width = vectors.shape[1];
  const positives = tf.slice2d(vectors, [0, 0], [batch, width]);
  if (options.loss === 'literal') return literalLoss(own, positives, vectors, step.weights);
  const bias = pair.bias(inputs.statistics);
  const scale = pair.scale();
  return sampledSoftmaxLoss(scale === null ? own : tf.mul(own, scale), positives, {
    itemIds: step.items,
    itemBias: tf.slice1d(bias, 0, batch),
    logQ: logQ.slice(0, batch),
    weights: step.weights,
    temperature: scale === null ? options.temperature : 1,
    ...(drawn > 0 && {
      negatives: {
        items: tf.slice2d(vectors, [batch, 0], [drawn, width]),
        bias: tf.slice1d(bias, batch, drawn),
        ids: candidates.slice(batch),
        logQ: logQ.slice(batch),
      },
    }),
  });
}

/** From 1 at the start of training to 0 at its end: the last steps settle instead of wandering. */
const halfCosine = (progress: number) => (1 + Math.cos(Math.PI * progress)) / 2;

function itemFrequency(items: Uint32Array, catalogue: number): Float32Array {
  const share = new Float32Array(catalogue);
  for (const item of items) share[item]!++;
  return share.map((count) => count / items.length);
}

/** What each example weighs, see {@link TwoTowerOptions.exampleWeights}. */
export function exampleWeights(
  items: Uint32Array,
  { size, typeOffsets }: World['catalogue'],
  by: TwoTowerOptions['exampleWeights'],
): Float32Array {
  const weights = new Float32Array(items.length).fill(1);
  if (by === 'equal') return weights;
  const classOf = new Uint32Array(size);
  for (let i = 0, type = 0; i < size; i++) {
    while (i >= typeOffsets[type + 1]!) type++;
    classOf[i] = by === 'type' ? type : i;
  }
  const counts = new Float64Array(size);
  for (const item of items) counts[classOf[item]!]!++;
  return weights.map((_, e) => 1 / counts[classOf[items[e]!]!]!);
}
