import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensor } from '../artifacts/index.js';
import { require } from '../errors/index.js';
import type { Seed } from '../random/index.js';
import { dense, l2Normalize, Parameters } from '../tensor/index.js';
import type { InputWidths } from './inputs.js';
import type { TwoTowerOptions } from './options.js';

/** Width of the small network that turns an item's statistics into its additive bias. */
const BIAS_WIDTH = 32;

/** A learned temperature falls no lower: beyond it a softmax is a maximum, and its gradient noise. */
const LEAST_TEMPERATURE = 0.01;

/** What of the options makes the model. */
export type TwoTowerShape = Pick<
  TwoTowerOptions,
  'members' | 'hidden' | 'out' | 'temperature' | 'loss' | 'learnTemperature'
>;

/** What of settings makes the model, as it is kept beside weights. */
export const towerShape = ({
  members,
  hidden,
  out,
  temperature,
  loss,
  learnTemperature,
}: TwoTowerShape): TwoTowerShape => ({
  members,
  hidden,
  out,
  temperature,
  loss,
  learnTemperature,
});

/**
 * The adaptation layer: `members` pairs of towers of the same inputs, each from first weights of its own, whose logits
 * are averaged. With one member it is the papers' two-tower; several agree on what the data says and differ in what
 * their first weights made of it, which the mean takes out.
 *
 *     logit(u, i) = 1/K Σ_k logit_k(u, i)
 */
export class TwoTower {
  readonly parameters: Parameters;
  readonly members: readonly TowerPair[];

  constructor(
    readonly widths: InputWidths,
    readonly shape: TwoTowerShape,
    seed: Seed,
  ) {
    require(shape.members >= 1, 'ERR_VALUE', () => `two-tower: want 1 member or more, got ${shape.members}`);
    this.parameters = new Parameters(seed);
    this.members = Array.from(
      { length: shape.members },
      (_, k) => new TowerPair(widths, shape, this.parameters, `${k}.`),
    );
  }

  /** User vectors, [n, members × out]: o_u / τ of each member, over √members. */
  users(inputs: tf.Tensor2D): tf.Tensor2D {
    return this.#sideBySide((pair) => tf.div(pair.users(inputs), pair.temperature));
  }
  /** Unit item vectors, [n, members × out]: o_i of each member, over √members. */
  items(inputs: tf.Tensor2D): tf.Tensor2D {
    return this.#sideBySide((pair) => pair.items(inputs));
  }
  /** The members' mean biases, [n]: logit(u, i) is a user's vector times an item's, plus the item's bias. */
  bias(statistics: tf.Tensor2D): tf.Tensor1D {
    return tf.tidy(() => tf.mean(tf.stack(this.members.map((pair) => pair.bias(statistics))), 0));
  }

  #sideBySide(of: (pair: TowerPair) => tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => tf.div(tf.concat(this.members.map(of), 1), Math.sqrt(this.members.length)));
  }

  export(prefix = ''): Record<string, NamedTensor> {
    return this.parameters.export(prefix);
  }
  import(tensors: Readonly<Record<string, NamedTensor>>, prefix = ''): void {
    this.parameters.import(tensors, prefix);
  }
  dispose(): void {
    this.parameters.dispose();
  }
}

/**
 * Two towers of dense layers, ReLU between them, into one space for users and items of every type:
 *
 *     o_u = unit(tower_u(user)),  o_i = unit(tower_i(item)),  b_i = v · ReLU(S statistics_i + s) + w · statistics_i
 *     logit(u, i) = o_u · o_i / τ + b_i
 *
 * The bias carries the trend of the moment, the cosine what this user likes. Without statistics there is none; the
 * literal loss goes without, too: nothing in it would hold a bias back.
 */
export class TowerPair {
  readonly #user: Layer[];
  readonly #item: Layer[];
  readonly #bias: { hidden: Layer; out: Layer; straight: tf.Variable<tf.Rank.R2> } | null;
  readonly #scale: tf.Variable<tf.Rank.R1> | null;

  /** @param parameters to which its own are added, named from `prefix` on; they stay the caller's */
  constructor(
    widths: InputWidths,
    readonly shape: TwoTowerShape,
    parameters: Parameters,
    prefix: string,
  ) {
    const layer = (name: string, inputs: number, outputs: number): Layer => ({
      kernel: parameters.kernel(`${prefix}${name}.kernel`, inputs, outputs),
      bias: parameters.vector(`${prefix}${name}.bias`, outputs),
    });
    const tower = (name: string, input: number) => {
      const sizes = [input, ...shape.hidden, shape.out];
      return sizes.slice(1).map((size, l) => layer(`${name}.${l}`, sizes[l]!, size));
    };
    this.#user = tower('user', widths.user);
    this.#item = tower('item', widths.item);
    this.#bias =
      shape.loss === 'literal' || widths.statistics === 0
        ? null
        : {
            hidden: layer('bias.hidden', widths.statistics, BIAS_WIDTH),
            out: layer('bias.out', BIAS_WIDTH, 1),
            straight: parameters.kernel(`${prefix}bias.straight`, widths.statistics, 1),
          };
    this.#scale = shape.learnTemperature
      ? parameters.vector(`${prefix}log scale`, 1, -Math.log(shape.temperature))
      : null;
  }

  /** Unit user vectors, [n, out]. */
  users(inputs: tf.Tensor2D): tf.Tensor2D {
    return l2Normalize(run(this.#user, inputs));
  }
  /** Unit item vectors, [n, out]. */
  items(inputs: tf.Tensor2D): tf.Tensor2D {
    return l2Normalize(run(this.#item, inputs));
  }
  /** 1 / τ as a tensor that has a gradient, where τ is learned; else null. */
  scale(): tf.Tensor1D | null {
    return this.#scale && tf.exp(tf.minimum(this.#scale, -Math.log(LEAST_TEMPERATURE)));
  }
  /** τ as it is now. */
  get temperature(): number {
    return this.#scale === null ? this.shape.temperature : 1 / tf.tidy(() => this.scale()!.dataSync()[0]!);
  }
  /** Additive biases, [n]. */
  bias(statistics: tf.Tensor2D): tf.Tensor1D {
    if (this.#bias === null) return tf.zeros([statistics.shape[0]]);
    const { hidden, out, straight } = this.#bias;
    const bent = dense(dense(statistics, hidden.kernel, hidden.bias, 'relu'), out.kernel, out.bias);
    return tf.reshape(tf.add(bent, dense(statistics, straight)), [-1]);
  }
}

interface Layer {
  readonly kernel: tf.Variable<tf.Rank.R2>;
  readonly bias: tf.Variable<tf.Rank.R1>;
}

function run(layers: readonly Layer[], inputs: tf.Tensor2D): tf.Tensor2D {
  return layers.reduce(
    (h, { kernel, bias }, l) => dense(h, kernel, bias, l < layers.length - 1 ? 'relu' : 'linear'),
    inputs,
  );
}
