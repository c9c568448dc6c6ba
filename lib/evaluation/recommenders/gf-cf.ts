import { addon } from '../../native/index.js';
import type { LongWork } from '../../progress/index.js';
import { watched } from '../../progress/watch.js';
import { dotScores } from '../../retrieval/index.js';
import { interactionsOf } from '../interactions.js';
import type { Recommender } from '../types.js';
import type { SeededInteractionOptions } from './learnt.js';

export interface GfCfOptions extends SeededInteractionOptions {
  /** Singular vectors of the ideal low-pass filter. Default 256. */
  readonly rank?: number;
  /** Weight of the low-pass filter beside the linear one. Default 0.3. */
  readonly weight?: number;
}

/**
 * GF-CF (Shen et al., CIKM 2021), no training: with R̃ = D_U^−½ X D_I^−½ and V its `rank` largest right singular
 * vectors, score x_u (R̃ᵀR̃ + weight · D_I^−½ V Vᵀ D_I^½). V comes from filtered subspace iteration.
 * @throws CohearError ERR_RANGE for rank 0, ERR_CANCELLED
 */
export async function gfCf(
  { history, items, rank = 256, weight = 0.3, seed }: GfCfOptions,
  work: LongWork = {},
): Promise<Recommender> {
  const rows = interactionsOf(history, items);
  const counts = new Uint32Array(items);
  for (const item of rows.indices) counts[item]!++;
  const interactions = addon.createInteractions(rows);
  const options = { rank, oversample: 32, sweeps: 8, seed };
  const spectrum = await watched(work, 'gf-cf', options.sweeps + 1, 'sweeps', (watch) =>
    addon.topSpectrum(interactions, options, watch),
  );
  const { directions, rank: d } = spectrum;
  // V Vᵀ between the two scalings: users read the first factor, items the second.
  const itemVectors = new Float32Array(new SharedArrayBuffer(directions.byteLength));
  for (let item = 0; item < items; item++)
    for (let k = item * d; k < (item + 1) * d; k++)
      itemVectors[k] = directions[k]! * Math.sqrt(counts[item]!);
  return {
    name: 'gf-cf',
    async score(users, out) {
      if (d === 0) {
        out.fill(0);
        return;
      }
      const queries = new Float32Array(users.length * d);
      users.forEach((user, q) => {
        for (let e = Number(rows.offsets[user]!); e < Number(rows.offsets[user + 1]!); e++) {
          const item = rows.indices[e]!;
          const scale = weight / Math.sqrt(counts[item]!);
          for (let k = 0; k < d; k++) queries[q * d + k]! += scale * directions[item * d + k]!;
        }
      });
      await dotScores({ queries, items: itemVectors, dimensions: d, out });
      await addon.addLinearFilter(interactions, users, out);
    },
  };
}
