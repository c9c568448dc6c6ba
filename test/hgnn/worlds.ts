import { type Matrix, matrix } from '../../lib/artifacts/index.js';
import { ItemGraph } from '../../lib/graph/index.js';
import { uniform } from '../../lib/random/index.js';
import { graphOf, type Pair } from '../sampler/graphs.js';

/** Random features in [-1, 1). */
export function features(rows: number, cols: number, seed = 1): Matrix {
  const m = matrix(rows, cols);
  for (let i = 0; i < m.data.length; i++) m.data[i] = 2 * uniform(seed, i) - 1;
  return m;
}

/** Two types; items of one hidden group are joined with each other often, with others seldom; features tell nothing. */
export function groups(rows: readonly [number, number], count: number, seed = 3) {
  const nodes = rows[0] + rows[1];
  const group = (node: number) => node % count;
  const pairs: Pair[] = [];
  for (let u = 0; u < nodes; u++)
    for (let v = u + 1; v < nodes; v++)
      if (uniform(seed, u, v) < (group(u) === group(v) ? 0.5 : 0.02)) pairs.push([u, v]);
  return { graph: new ItemGraph(graphOf([0, rows[0], nodes], pairs)), features: features(nodes, 16), group };
}
