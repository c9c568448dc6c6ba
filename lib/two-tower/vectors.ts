import * as tf from '@tensorflow/tfjs-core';
import { type Matrix, matrix } from '../artifacts/index.js';
import { type Moment, MomentInputs, type World } from './inputs.js';
import type { TwoTower } from './model.js';

/** Rows that go through a tower at a time. */
const CHUNK = 4096;

/**
 * What retrieval needs: logit(u, i) is the plain dot product of a user's and an item's row.
 *
 *     user = [ o_u / τ, 1 ],  item = [ o_i, b_i ]
 */
export interface ServingVectors {
  /** [users, out + 1] */
  readonly users: Matrix;
  /** [items, out + 1] */
  readonly items: Matrix;
}

/** Vectors of all users and items as of a moment: everything known before its cut enters, nothing later. */
export function servingVectors(model: TwoTower, world: World, moment: Moment): ServingVectors {
  const inputs = new MomentInputs(world, moment);
  try {
    const { out, temperature } = model.shape;
    const users = matrix(world.histories.users, out + 1);
    const items = matrix(world.catalogue.size, out + 1);
    inChunks(users, (rows) => model.users(inputs.users(rows)), out, 1 / temperature);
    for (let u = 0; u < users.rows; u++) users.data[u * (out + 1) + out] = 1;
    inChunks(items, (rows) => model.items(inputs.items(rows)), out, 1);
    inChunks(
      items,
      (rows) => tf.reshape(model.bias(inputs.itemStatistics(rows)), [rows.length, 1]),
      1,
      1,
      out,
    );
    return { users, items };
  } finally {
    inputs.dispose();
  }
}

/** Writes what `compute` gives for each chunk of rows into columns [column, column + width) of `into`, scaled. */
function inChunks(
  into: Matrix,
  compute: (rows: Uint32Array) => tf.Tensor2D,
  width: number,
  scale: number,
  column = 0,
): void {
  for (let from = 0; from < into.rows; from += CHUNK) {
    const rows = Uint32Array.from({ length: Math.min(CHUNK, into.rows - from) }, (_, i) => from + i);
    const values = tf.tidy(() => compute(rows).dataSync() as Float32Array);
    for (let r = 0; r < rows.length; r++) {
      for (let c = 0; c < width; c++) {
        into.data[(from + r) * into.cols + column + c] = values[r * width + c]! * scale;
      }
    }
  }
}
