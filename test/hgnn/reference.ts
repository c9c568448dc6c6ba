// The network as its formulas say, in plain loops and double precision: what the tests hold the real one to.
import { type Matrix, type NamedTensor, row } from '../../lib/artifacts/index.js';
import type { ItemGraph } from '../../lib/graph/index.js';
import type { Hgnn } from '../../lib/hgnn/index.js';

type Rows = number[][];

function times(x: readonly number[], w: NamedTensor, b?: NamedTensor): number[] {
  const [inputs, outputs] = w.shape as [number, number];
  return Array.from({ length: outputs }, (_, j) => {
    let sum = b ? Number(b.data[j]) : 0;
    for (let i = 0; i < inputs; i++) sum += x[i]! * Number(w.data[i * outputs + j]);
    return sum;
  });
}
function normalised(x: readonly number[], weights: Record<string, NamedTensor>, layer: number): number[] {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  const variance = x.reduce((a, b) => a + (b - mean) ** 2, 0) / x.length;
  const [gain, bias] = ['gain', 'bias'].map((name) => weights[`layer${layer}.norm.${name}`]!.data);
  return x.map(
    (value, j) => ((value - mean) / Math.sqrt(variance + 1e-5)) * Number(gain![j]) + Number(bias![j]),
  );
}
const relu = (x: readonly number[]) => x.map((value) => Math.max(0, value));

/** Unit embeddings of all nodes over their full neighbourhoods. */
export function referenceEmbeddings(
  model: Hgnn,
  graph: ItemGraph,
  features: Matrix | readonly Matrix[],
): Rows {
  const weights = model.export();
  const { types, aggregator = 'max', combine, residual, layerNorm } = model.shape;
  const typeOf = (node: number) => types.findIndex((_, t) => node < graph.typeOffsets[t + 1]!);
  const byType = 'data' in features ? null : features;
  let h: Rows = Array.from({ length: graph.nodes }, (_, node) => {
    const type = typeOf(node);
    return Array.from(
      byType ? row(byType[type]!, node - graph.typeOffsets[type]!) : row(features as Matrix, node),
    );
  });
  for (let layer = 0; layer < model.layers; layer++) {
    h = h.map((own, node) => {
      const type = typeOf(node);
      const sum = times(own, weights[`layer${layer}.self.${types[type]}`]!);
      graph.relations.forEach((relation, r) => {
        if (relation.destinationType !== type) return;
        const name = `layer${layer}.${types[relation.sourceType]}>${types[type]}`;
        const { offsets, indices, scores: relationScores } = graph.relation(r);
        const v = node - graph.typeOffsets[type]!;
        const messages = Array.from(indices.slice(Number(offsets[v]), Number(offsets[v + 1])), (u) =>
          relu(times(h[u]!, weights[`${name}.kernel`]!, weights[`${name}.bias`]!)),
        );
        if (messages.length === 0) return;
        const scores = Array.from(relationScores?.slice(Number(offsets[v]), Number(offsets[v + 1])) ?? []);
        const all = scores.reduce((a, b) => a + b, 0);
        const received = sum.map((_, j) => {
          const values = messages.map((m) => m[j]!);
          if (aggregator === 'max') return Math.max(...values);
          if (aggregator === 'mean') return values.reduce((a, b) => a + b, 0) / values.length;
          return values.reduce((total, value, e) => total + (value * scores[e]!) / all, 0);
        });
        const mixed = combine === 'concat' ? times(received, weights[`${name}.mix`]!) : received;
        mixed.forEach((value, j) => {
          sum[j]! += value;
        });
      });
      const normed = layerNorm ? normalised(sum, weights, layer) : sum;
      const out = layer === model.layers - 1 ? normed : relu(normed);
      if (!residual) return out;
      const skip = weights[`layer${layer}.skip.${types[type]}`];
      const past = skip ? times(own, skip) : own;
      return out.map((value, j) => value + past[j]!);
    });
  }
  return h.map((row) => {
    const norm = Math.hypot(...row);
    return row.map((value) => value / Math.max(norm, 1e-12));
  });
}
