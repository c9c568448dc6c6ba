// The network as its formulas say, in plain loops and double precision: what the tests hold the real one to.
import { type Matrix, type NamedTensor, row } from '../../lib/artifacts/index.js';
import type { ItemGraph } from '../../lib/graph/index.js';
import type { Hgnn, NodeFeatures } from '../../lib/hgnn/index.js';

type Rows = number[][];

function times(x: readonly number[], w: NamedTensor, b?: NamedTensor): number[] {
  const [inputs, outputs] = w.shape as [number, number];
  return Array.from({ length: outputs }, (_, j) => {
    let sum = b ? Number(b.data[j]) : 0;
    for (let i = 0; i < inputs; i++) sum += x[i]! * Number(w.data[i * outputs + j]);
    return sum;
  });
}
const relu = (x: readonly number[]) => x.map((value) => Math.max(0, value));

/** Unit embeddings of all nodes over their full neighbourhoods. */
export function referenceEmbeddings(model: Hgnn, graph: ItemGraph, features: NodeFeatures): Rows {
  const weights = model.export();
  const { types } = model.shape;
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
        const { offsets, indices } = graph.relation(r);
        const v = node - graph.typeOffsets[type]!;
        const messages = Array.from(indices.slice(Number(offsets[v]), Number(offsets[v + 1])), (u) =>
          relu(times(h[u]!, weights[`${name}.kernel`]!, weights[`${name}.bias`]!)),
        );
        if (messages.length === 0) return;
        for (let j = 0; j < sum.length; j++) sum[j]! += Math.max(...messages.map((m) => m[j]!));
      });
      return layer === model.layers - 1 ? sum : relu(sum);
    });
  }
  return h.map((row) => {
    const norm = Math.hypot(...row);
    return row.map((value) => value / Math.max(norm, 1e-12));
  });
}
