import * as tf from '@tensorflow/tfjs-core';
import { require } from '../errors/index.js';
import type { AggregateBlock } from './segment.js';

/** Above this share the rows are left as they are: picking them would cost more than it saves. */
const MOST = 0.75;

/**
 * Only the rows of x that a block reads, where they are few, and the block over them: for any f that works row by
 * row, gatherAggregate(f(rows), block) is gatherAggregate(f(x), the block given), for less work. In a batch of a
 * heterogeneous graph a relation reads half of the rows of its source type: the others are there for other relations.
 * @param x [sources, width]
 * @throws CohearError ERR_RANGE for an edge from outside x
 */
export function usedRows(
  x: tf.Tensor2D,
  block: AggregateBlock,
): { readonly rows: tf.Tensor2D; readonly block: AggregateBlock } {
  const { places, block: over } = usedPlaces(x.shape[0], block);
  return { rows: places ? tf.tidy(() => tf.gather(x, tf.tensor1d(places, 'int32'))) : x, block: over };
}

/** Which of the rows those are, ascending; undefined where all are to stay. */
export function usedPlaces(
  sources: number,
  block: AggregateBlock,
): { readonly places?: Int32Array; readonly block: AggregateBlock } {
  const place = new Int32Array(sources); // 1 where used, then where the row goes
  let used = 0;
  for (const row of block.indices) {
    require(row < sources, 'ERR_RANGE', () => `usedRows: the block reads row ${row} of ${sources}`);
    if (place[row] === 0) {
      place[row] = 1;
      used++;
    }
  }
  if (used > MOST * sources) return { block };
  const picked = new Int32Array(used);
  for (let row = 0, next = 0; row < sources; row++) {
    if (place[row] === 0) continue;
    place[row] = next;
    picked[next++] = row;
  }
  const indices = block.indices.map((row) => place[row]!);
  return { places: picked, block: { offsets: block.offsets, indices } };
}
