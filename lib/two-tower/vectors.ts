import * as tf from '@tensorflow/tfjs-core';
import { type Matrix, matrix } from '../artifacts/index.js';
import { require } from '../errors/index.js';
import { type Moment, MomentInputs, type World } from './inputs.js';
import type { TwoTower, TwoTowerShape } from './model.js';

/** Width of a user's or an item's vector, the bias aside. */
export const vectorWidth = ({ members, out }: TwoTowerShape): number => members * out;

/** Rows that go through a tower at a time. */
const CHUNK = 4096;

/**
 * What retrieval needs: logit(u, i) is the plain dot product of a user's and an item's row.
 *
 *     user = [ o_u / τ, 1 ],  item = [ o_i, b_i ]
 *
 * o being the members' vectors side by side, over the root of how many they are.
 */
export interface ServingVectors {
  /** [users, members × out + 1] */
  readonly users: Matrix;
  /** [items, members × out + 1] */
  readonly items: Matrix;
}

/**
 * Vectors of all users and items as of a moment: everything known before its cut enters, nothing later.
 * @throws CohearError ERR_SHAPE for a model of other inputs
 * @param range catalogue rows whose vectors are wanted: row i of `items` is begin + i. Default: all
 */
export function servingVectors(
  model: TwoTower,
  world: World,
  moment: Moment,
  [begin, end]: readonly [begin: number, end: number] = [0, world.catalogue.size],
): ServingVectors {
  const inputs = new MomentInputs(world, moment);
  try {
    for (const name of ['user', 'item', 'statistics'] as const)
      require(inputs.widths[name] === model.widths[name], 'ERR_SHAPE', () =>
        `two-tower: the ${name} input is ${inputs.widths[name]} wide, the model wants ${model.widths[name]}`);
    const out = vectorWidth(model.shape);
    const users = matrix(world.histories.users, out + 1);
    const items = matrix(end - begin, out + 1);
    inChunks(users, (rows) => model.users(inputs.users(rows)), { width: out });
    for (let u = 0; u < users.rows; u++) users.data[u * (out + 1) + out] = 1;
    inChunks(items, (rows) => model.items(inputs.items(rows)), { width: out, first: begin });
    inChunks(items, (rows) => tf.reshape(model.bias(inputs.itemStatistics(rows)), [rows.length, 1]), {
      width: 1,
      column: out,
      first: begin,
    });
    return { users, items };
  } finally {
    inputs.dispose();
  }
}

interface Place {
  /** Columns that are written, from `column` (default 0) on. */
  readonly width: number;
  readonly column?: number;
  /** What row 0 of the matrix is the vector of. Default 0. */
  readonly first?: number;
}

/** Writes what `compute` gives for each chunk of rows into their columns. */
function inChunks(
  into: Matrix,
  compute: (rows: Uint32Array) => tf.Tensor2D,
  { width, column = 0, first = 0 }: Place,
): void {
  for (let from = 0; from < into.rows; from += CHUNK) {
    const rows = Uint32Array.from({ length: Math.min(CHUNK, into.rows - from) }, (_, i) => first + from + i);
    const values = tf.tidy(() => compute(rows).dataSync() as Float32Array);
    for (let r = 0; r < rows.length; r++) {
      for (let c = 0; c < width; c++) {
        into.data[(from + r) * into.cols + column + c] = values[r * width + c]!;
      }
    }
  }
}
