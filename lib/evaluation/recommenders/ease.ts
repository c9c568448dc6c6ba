import { addon } from '../../native/index.js';
import type { LongWork } from '../../progress/index.js';
import { watched } from '../../progress/watch.js';
import type { Recommender } from '../types.js';
import { type InteractionOptions, nativeInteractions } from './learnt.js';

export interface EaseOptions extends InteractionOptions {
  /** Weight of |B|². Larger for more interactions per item. Default 500. */
  readonly l2?: number;
  /** Memory for the inverted matrix. Default 4 GiB: 46,000 users or items, whichever are fewer. */
  readonly maxBytes?: number;
}

/**
 * EASE^R (Steck, WWW 2019): the item-item weights B with zero diagonal that minimise |X − X B|² + l2 |B|², in closed
 * form: P = (XᵀX + l2)⁻¹, B_ij = −P_ij / P_jj, score x_u B. Where users are fewer than items the same scores come
 * from (XXᵀ + l2)⁻¹, which is smaller. n³ multiply-adds in 32-bit floats for the smaller side n.
 * @throws CohearError ERR_MEMORY when that side does not fit maxBytes, ERR_RANGE unless l2 > 0, ERR_CANCELLED
 */
export async function ease(
  { l2 = 500, maxBytes = 4 * 2 ** 30, ...of }: EaseOptions,
  work: LongWork = {},
): Promise<Recommender> {
  const interactions = nativeInteractions(of);
  try {
    const smaller = Math.min(of.history.users, of.items);
    const steps = 3 * Math.ceil(smaller / 512);
    const handle = await watched(work, 'ease', steps, 'columns', (watch) =>
      addon.createEase(interactions, { l2, maxBytes }, watch),
    );
    return { name: 'ease', score: (users, out) => addon.easeScores(handle, users, out) };
  } finally {
    interactions.close();
  }
}
