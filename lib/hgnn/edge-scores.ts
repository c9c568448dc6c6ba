import { require } from '../errors/index.js';
import { type ItemGraph, type RelationArrays, typeOf } from '../graph/index.js';
import type { Links } from '../sampler/index.js';
import type { AggregateBlock } from '../tensor/index.js';
import type { WeightedBlock } from './model.js';

/** The scores of a graph's edges, to be asked for by their ends. Holds a copy of the graph's arrays. */
export class EdgeScores {
  readonly #typeOffsets: Uint32Array;
  readonly #relations: (RelationArrays & { readonly scores: Float32Array })[];

  /** @throws CohearError ERR_VALUE for a graph without scores */
  constructor(graph: ItemGraph) {
    this.#typeOffsets = graph.typeOffsets;
    this.#relations = graph.relations.map((_, r) => {
      const { scores, ...relation } = graph.relation(r);
      require(scores !== undefined || relation.indices.length === 0, 'ERR_VALUE', () =>
        'hgnn: weights by score want a graph with scores, as prune() makes them');
      return { ...relation, scores: scores ?? new Float32Array(0) };
    });
  }

  /** Score of the edge source → destination, catalogue rows; 0 where there is none. */
  #score(r: number, source: number, destination: number): number {
    const { offsets, indices, scores, destinationType } = this.#relations[r]!;
    const v = destination - this.#typeOffsets[destinationType]!;
    let [from, to] = [Number(offsets[v]), Number(offsets[v + 1])];
    const end = to;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (indices[middle]! < source) from = middle + 1;
      else to = middle;
    }
    return from < end && indices[from] === source ? scores[from]! : 0;
  }

  /** The sampled blocks of one hop with the scores as weights; `nodes[type]` are the rows of its positions. */
  weighted(blocks: readonly AggregateBlock[], nodes: readonly Uint32Array[]): WeightedBlock[] {
    return blocks.map(({ offsets, indices }, r) => {
      const { sourceType, destinationType } = this.#relations[r]!;
      const [sources, destinations] = [nodes[sourceType]!, nodes[destinationType]!];
      const scores = new Float32Array(indices.length);
      for (let v = 0; v + 1 < offsets.length; v++)
        for (let e = Number(offsets[v]); e < Number(offsets[v + 1]); e++)
          scores[e] = this.#score(r, sources[indices[e]!]!, destinations[v]!);
      return { offsets, indices, weights: shares(offsets, scores) };
    });
  }

  /** The score of each link, whichever of its two directions the graph holds; the larger where it holds both. */
  ofLinks({ anchors, positives }: Links): Float32Array {
    const types = this.#typeOffsets.length - 1;
    const relationOf = new Map(
      this.#relations.map(({ sourceType, destinationType }, r) => [sourceType * types + destinationType, r]),
    );
    const type = (row: number) => typeOf(this.#typeOffsets, row);
    const score = (source: number, destination: number) => {
      const r = relationOf.get(type(source) * types + type(destination));
      return r === undefined ? 0 : this.#score(r, source, destination);
    };
    return Float32Array.from(anchors, (a, i) => Math.max(score(a, positives[i]!), score(positives[i]!, a)));
  }
}

/** Scores as shares of their row; scores below 0 count as 0, and a row without any above it shares evenly. */
export function shares(offsets: BigUint64Array, scores: Float32Array): Float32Array {
  const out = new Float32Array(scores.length);
  for (let v = 0; v + 1 < offsets.length; v++) {
    const [begin, end] = [Number(offsets[v]), Number(offsets[v + 1])];
    let sum = 0;
    for (let e = begin; e < end; e++) sum += Math.max(0, scores[e]!);
    for (let e = begin; e < end; e++) out[e] = sum > 0 ? Math.max(0, scores[e]!) / sum : 1 / (end - begin);
  }
  return out;
}
