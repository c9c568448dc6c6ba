import * as tf from '@tensorflow/tfjs-core';
import type { NamedTensor } from '../artifacts/index.js';
import { require } from '../errors/index.js';
import type { Seed } from '../random/index.js';
import {
  type AggregateBlock,
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
}

/** One layer's neighbourhoods: a block per relation, and how many nodes of each type it computes. */
export interface LayerInput {
  readonly blocks: readonly AggregateBlock[];
  readonly counts: ArrayLike<number>;
}

/**
 * Heterogeneous GraphSAGE with a max-pool aggregator of its own per relation (arXiv 2403.05185):
 *
 *     h_N(v,r) = max over u in N(v,r) of ReLU(W_r h_u + b_r)
 *     h_v      = σ(W_type(v) h_v + Σ_r h_N(v,r)),  σ = ReLU, left out in the last layer
 *     z_v      = h_v / |h_v|
 *
 * An empty neighbourhood contributes 0, so an item nobody has touched gets its embedding from its text alone.
 */
export class Hgnn {
  readonly parameters: Parameters;
  readonly #self: tf.Variable<tf.Rank.R2>[][];
  readonly #kernel: tf.Variable<tf.Rank.R2>[][];
  readonly #bias: tf.Variable<tf.Rank.R1>[][];

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

  /** σ of a layer: ReLU, and unit length instead in the last. */
  activate(layer: number, h: tf.Tensor2D): tf.Tensor2D {
    return layer === this.layers - 1 ? l2Normalize(h) : tf.relu(h);
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
      const own = rows.shape[0] === count ? rows : tf.slice2d(rows, [0, 0], [count, rows.shape[1]]);
      let sum = this.self(layer, type, own);
      this.shape.relations.forEach((relation, r) => {
        const source = h[relation.sourceType];
        if (relation.destinationType !== type || source == null || blocks[r]!.indices.length === 0) return;
        const { rows: read, block } = usedRows(source, blocks[r]!);
        sum = tf.add(sum, gatherAggregate(this.message(layer, r, read), block, 'max'));
      });
      return this.activate(layer, sum);
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
