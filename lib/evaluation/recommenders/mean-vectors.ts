import { type Matrix, matrix, normalizeRows, type Rows, row, rowReader } from '../../artifacts/index.js';
import { require } from '../../errors/index.js';
import type { Histories } from '../../events/index.js';

const DAY = 86_400;

export interface MeanVectorsOptions {
  /** An event's weight halves with every so many days between it and the cut. Default: all weigh the same. */
  readonly halfLifeDays?: number;
  /** When the vectors are for, seconds; needed with a half-life. Every event must be before it. */
  readonly cut?: number;
  /** Scale each user's vector to unit length. Default true. */
  readonly normalise?: boolean;
}

/**
 * One vector per user: the mean of the vectors of the items in their history, sum_e w_e v_e / sum_e w_e with
 * w_e = 2^(-(cut - t_e) / halfLife). An item that they came back to counts each time. A user without history
 * has zeros.
 * @returns [histories.users, itemVectors.cols]
 * @throws CohearError ERR_RANGE for a half-life not above 0 or an item row beyond the vectors, ERR_VALUE for an
 *   event at or after the cut (a leak)
 */
export function meanVectors(history: Histories, itemVectors: Rows, options: MeanVectorsOptions = {}): Matrix {
  const { halfLifeDays, cut, normalise = true } = options;
  require(halfLifeDays === undefined || halfLifeDays > 0, 'ERR_RANGE', () =>
    `want halfLifeDays > 0, got ${halfLifeDays}`);
  require(halfLifeDays === undefined ||
    cut !== undefined, 'ERR_VALUE', 'meanVectors: a half-life needs a cut');
  const vectors = matrix(history.users, itemVectors.cols);
  const vectorOf = rowReader(itemVectors);
  const sum = new Float64Array(itemVectors.cols);
  for (let user = 0; user < history.users; user++) {
    const [begin, end] = [Number(history.offsets[user]!), Number(history.offsets[user + 1]!)];
    if (begin === end) continue;
    sum.fill(0);
    let total = 0;
    // The newest event has weight 1 and the others theirs relative to it: the mean is the same, and the weights
    // of a user who left long ago do not vanish.
    const newest = history.time[end - 1]!;
    require(cut === undefined || newest < cut, 'ERR_VALUE', () =>
      `user ${user} has an event at ${newest}, not before ${cut}`);
    for (let e = begin; e < end; e++) {
      const item = history.item[e]!;
      require(item < itemVectors.rows, 'ERR_RANGE', () =>
        `item row ${item} has no vector; there are ${itemVectors.rows}`);
      const weight =
        halfLifeDays === undefined ? 1 : 2 ** ((history.time[e]! - newest) / (halfLifeDays * DAY));
      total += weight;
      const vector = vectorOf(item);
      for (let c = 0; c < sum.length; c++) sum[c]! += weight * vector[c]!;
    }
    const out = row(vectors, user);
    for (let c = 0; c < sum.length; c++) out[c] = sum[c]! / total;
  }
  return normalise ? normalizeRows(vectors) : vectors;
}
