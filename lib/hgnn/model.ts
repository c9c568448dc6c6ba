import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensor } from '../artifacts/index.js';
import { require } from '../errors/index.js';
import type { Seed } from '../random/index.js';
import {
  type AggregateBlock,
  type DenseWeights,
  dense,
  gatherAggregate,
  l2Normalize,
  Parameters,
  usedRows,
} from '../tensor/index.js';

/** A relation of the graph: messages go from items of the source type to items of the destination type. */
export interface RelationKey {
  readonly sourceType: number;
  readonly destinationType: number;
}

export interface HgnnShape {
  /** Names of the node types. */
  readonly types: readonly string[];
  readonly relations: readonly RelationKey[];
  /** Widths from input to output: [text, hidden, ..., out]. */
  readonly widths: readonly number[];
  /** Input width of each type where they differ, as a user's features do from an item's text. Default: widths[0]. */
  readonly inputs?: readonly number[] | undefined;
  /** How a node's messages of a relation become one. Default: max, the papers'. */
  readonly aggregator?: 'max' | 'mean' | 'weighted-mean' | undefined;
  /** How a node's relations are put together: added up, the papers' and the default, or side by side and mixed. */
  readonly combine?: 'sum' | 'concat' | undefined;
  /** Add a layer's input, projected where the widths differ, to what it gives. Default: no. */
  readonly residual?: boolean | undefined;
  /** Normalise each node's sum to mean 0 and variance 1, with a learned gain and bias. Default: no. */
  readonly layerNorm?: boolean | undefined;
  /** Have a head per type that turns features into vectors beside the embeddings, see {@link Hgnn.head}. */
  readonly featureHead?: boolean | undefined;
}

/** The edges of a relation; for the weighted mean with a weight each, those of a node adding up to 1. */
export interface WeightedBlock extends AggregateBlock {
  readonly weights?: Float32Array;
}

/** One layer's neighbourhoods: a block per relation, and how many nodes of each type it computes. */
export interface LayerInput {
  readonly blocks: readonly WeightedBlock[];
  readonly counts: ArrayLike<number>;
}

/**
 * Heterogeneous GraphSAGE with a max-pool aggregator of its own per relation (arXiv 2403.05185):
 *
 *     h_N(v,r) = max over u in N(v,r) of ReLU(W_r h_u + b_r)
 *     h_v      = σ(W_type(v) h_v + Σ_r h_N(v,r)),  σ = ReLU, left out in the last layer
 *     z_v      = h_v / |h_v|
 *
 * Options of the shape: relations side by side, mixed by a matrix, W [h_v, h_N(v,1), h_N(v,2), ...] = W_type(v) h_v +
 * Σ_r M_r h_N(v,r), M_r being its columns for r; the mean or the mean weighted by edge scores, Σ_u w_uv m_u, in place of
 * max; layer norm, and a residual, h_v = σ(LN(W_type(v) h_v + Σ_r h_N(v,r))) + P_type(v) h_v, P the identity where the
 * widths agree.
 *
 * An empty neighbourhood contributes 0, so an item nobody has touched gets its embedding from its text alone.
 */
export class Hgnn {
  readonly parameters: Parameters;
  readonly #self: tf.Variable<tf.Rank.R2>[][];
  readonly #kernel: tf.Variable<tf.Rank.R2>[][];
  readonly #bias: tf.Variable<tf.Rank.R1>[][];
  readonly #mix: tf.Variable<tf.Rank.R2>[][];
  readonly #skip: (tf.Variable<tf.Rank.R2> | null)[][];
  readonly #norm: { gain: tf.Variable<tf.Rank.R1>; bias: tf.Variable<tf.Rank.R1> }[];
  readonly #head: tf.Variable<tf.Rank.R2>[];

  constructor(
    readonly shape: HgnnShape,
    seed: Seed,
  ) {
    require(shape.widths.length >= 2, 'ERR_SHAPE', 'hgnn: want at least an input and an output width');
    this.parameters = new Parameters(seed);
    const layers = Array.from({ length: this.layers }, (_, l) => l);
    require(shape.inputs === undefined || shape.inputs.length === shape.types.length, 'ERR_SHAPE', () =>
      `hgnn: ${shape.inputs?.length} input widths for ${shape.types.length} types`);
    const width = (l: number, type: number) => [this.inputWidth(l, type), shape.widths[l + 1]!] as const;
    const nameOf = (r: RelationKey) => `${shape.types[r.sourceType]}>${shape.types[r.destinationType]}`;
    this.#self = layers.map((l) =>
      shape.types.map((type, t) => this.parameters.kernel(`layer${l}.self.${type}`, ...width(l, t))),
    );
    this.#kernel = layers.map((l) =>
      shape.relations.map((r) =>
        this.parameters.kernel(`layer${l}.${nameOf(r)}.kernel`, ...width(l, r.sourceType)),
      ),
    );
    this.#bias = layers.map((l) =>
      shape.relations.map((r) => this.parameters.vector(`layer${l}.${nameOf(r)}.bias`, shape.widths[l + 1]!)),
    );
    this.#mix = layers.map((l) =>
      shape.relations
        .filter(() => shape.combine === 'concat')
        .map((r) =>
          this.parameters.kernel(`layer${l}.${nameOf(r)}.mix`, shape.widths[l + 1]!, shape.widths[l + 1]!),
        ),
    );
    this.#skip = layers.map((l) =>
      shape.types.map((type, t) => {
        const [from, to] = width(l, t);
        return shape.residual && from !== to
          ? this.parameters.kernel(`layer${l}.skip.${type}`, from, to)
          : null;
      }),
    );
    this.#norm = layers
      .filter(() => shape.layerNorm)
      .map((l) => ({
        gain: this.parameters.vector(`layer${l}.norm.gain`, shape.widths[l + 1]!, 1),
        bias: this.parameters.vector(`layer${l}.norm.bias`, shape.widths[l + 1]!),
      }));
    this.#head = shape.featureHead
      ? shape.types.map((type, t) =>
          this.parameters.kernel(`head.${type}`, this.inputWidth(0, t), shape.widths.at(-1)!),
        )
      : [];
  }

  get layers(): number {
    return this.shape.widths.length - 1;
  }

  /** Width of the rows of a type that a layer reads. */
  inputWidth(layer: number, type: number): number {
    return (layer === 0 ? this.shape.inputs?.[type] : undefined) ?? this.shape.widths[layer]!;
  }

  /** The message W_r h + b_r behind its ReLU, for every row of h: [n, in] -> [n, out]. */
  message(layer: number, relation: number, h: tf.Tensor2D): tf.Tensor2D {
    return dense(h, this.#kernel[layer]![relation]!, this.#bias[layer]![relation]!, 'relu');
  }

  /** W_type h for every row of h. */
  self(layer: number, type: number, h: tf.Tensor2D): tf.Tensor2D {
    return dense(h, this.#self[layer]![type]!);
  }

  /** Whether a layer is but its formula: relu(sum), and rows of unit length behind the last. */
  get plain(): boolean {
    return !this.shape.residual && !this.shape.layerNorm;
  }

  /** W_r and b_r as arrays. */
  messageWeights(layer: number, relation: number): DenseWeights {
    return weightsOf(this.#kernel[layer]![relation]!, this.#bias[layer]![relation]!);
  }

  /** M_r as an array, where relations are mixed. */
  mixWeights(layer: number, relation: number): DenseWeights | null {
    const kernel = this.#mix[layer]![relation];
    return kernel ? weightsOf(kernel, null) : null;
  }

  /** W_type as an array. */
  selfWeights(layer: number, type: number): DenseWeights {
    return weightsOf(this.#self[layer]![type]!, null);
  }

  /** Unit vectors of features by themselves, [n, features] -> [n, out]: what an embedding should find again. */
  head(type: number, features: tf.Tensor2D): tf.Tensor2D {
    return l2Normalize(dense(features, this.#head[type]!));
  }

  #aggregate(messages: tf.Tensor2D, block: AggregateBlock, weights: Float32Array | undefined): tf.Tensor2D {
    const { aggregator = 'max' } = this.shape;
    if (aggregator !== 'weighted-mean') return gatherAggregate(messages, block, aggregator);
    require(weights !== undefined, 'ERR_VALUE', 'hgnn: the weighted mean wants blocks with weights');
    return gatherAggregate(messages, block, 'sum', weights);
  }

  /** What a layer makes of the sum of a node's own term and its messages: [n, out]. */
  activate(layer: number, type: number, sum: tf.Tensor2D, own: tf.Tensor2D): tf.Tensor2D {
    const last = layer === this.layers - 1;
    const norm = this.#norm[layer];
    const normed = norm ? layerNorm(sum, norm.gain, norm.bias) : sum;
    let out = last ? normed : tf.relu(normed);
    if (this.shape.residual) {
      const skip = this.#skip[layer]![type]!;
      out = tf.add(out, skip ? dense(own, skip) : own);
    }
    return last ? l2Normalize(out) : out;
  }

  /**
   * One layer over blocks. `h[type]` holds the rows known one hop further out; the first counts[type] of them
   * are the nodes computed here (null where a type has none).
   */
  layer(
    layer: number,
    h: readonly (tf.Tensor2D | null)[],
    { blocks, counts }: LayerInput,
  ): (tf.Tensor2D | null)[] {
    return h.map((rows, type) => {
      const count = counts[type]!;
      if (rows === null || count === 0) return null;
      const own = firstOf(rows, count);
      let sum = this.self(layer, type, own);
      this.shape.relations.forEach((relation, r) => {
        const source = h[relation.sourceType];
        if (relation.destinationType !== type || source == null || blocks[r]!.indices.length === 0) return;
        const { rows: read, block } = usedRows(source, blocks[r]!);
        const messages = this.message(layer, r, read);
        const received = this.#aggregate(messages, block, blocks[r]!.weights);
        const mix = this.#mix[layer]![r];
        sum = tf.add(sum, mix ? dense(received, mix) : received);
      });
      return this.activate(layer, type, sum, own);
    });
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

function weightsOf(kernel: tf.Variable<tf.Rank.R2>, bias: tf.Variable<tf.Rank.R1> | null): DenseWeights {
  const [inputs, outputs] = kernel.shape;
  return {
    kernel: kernel.dataSync<'float32'>(),
    inputs,
    outputs,
    bias: bias?.dataSync<'float32'>() ?? null,
  };
}

/** (x − mean) / sqrt(variance + 1e-5) · gain + bias over each row. */
function layerNorm(x: tf.Tensor2D, gain: tf.Tensor1D, bias: tf.Tensor1D): tf.Tensor2D {
  const centred = tf.sub(x, tf.mean(x, 1, true));
  const variance = tf.mean(tf.square(centred), 1, true);
  return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-5))), gain), bias) as tf.Tensor2D;
}

function firstOf(rows: tf.Tensor2D, count: number): tf.Tensor2D {
  return rows.shape[0] === count ? rows : tf.slice2d(rows, [0, 0], [count, rows.shape[1]]);
}
