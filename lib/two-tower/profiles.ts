import { type Matrix, matrix } from '../artifacts/index.js';
import type { World } from './inputs.js';
import { firstAtOrAfter } from './statistics.js';

const DAY = 86_400;

/** How a user's past becomes the input of the user tower. */
export interface ProfileOptions {
  /** Days of the past that enter; null for all of it. */
  readonly windowDays: number | null;
  /** The item vectors that are averaged, next to each other; towers without a graph network average texts. */
  readonly vectors: readonly ('hgnn' | 'text')[];
  /** A mean per item type, or one over all types. */
  readonly means: 'per-type' | 'one';
  /** Days after which an event weighs half in the mean; null where all weigh alike. */
  readonly halfLifeDays: number | null;
  /** Weight of an event by its kind; events of weight 0 are left out. */
  readonly kindWeights: readonly number[];
}

/** Which rows of which items a mean is of, as edges: row b has indices[offsets[b] .. offsets[b + 1]). */
export interface ProfileMean {
  readonly offsets: BigUint64Array;
  readonly indices: Uint32Array;
  /** Of each edge, those of a row adding up to 1; left out where all of a row weigh alike. */
  readonly weights?: Float32Array;
}

export interface Profiles {
  /** One entry per type, or a single one. */
  readonly means: readonly ProfileMean[];
  /** Per mean log(1 + events), log(1 + days since the last), 1 if any; then the user features. */
  readonly facts: Matrix;
}

/**
 * The pasts of some users before `cut`; nothing at or after it is read. Event e of a mean weighs
 *
 *     w_e = k_e 2^((t_e − t_last) / halfLife),   mean = Σ w_e v_e / Σ w_e
 *
 * with k its kind's weight and t_last the time of the latest event of the mean, so that the weights of a user who left
 * long ago do not vanish; the events are counted by k.
 */
export function profiles(world: World, users: Uint32Array, cut: number): Profiles {
  const { histories, catalogue, userFeatures, profile } = world;
  const { kindWeights, halfLifeDays } = profile;
  const groups = profile.means === 'one' ? 1 : catalogue.types.length;
  const weighted = halfLifeDays !== null || kindWeights.some((weight) => weight !== 1 && weight !== 0);
  const oldest = profile.windowDays === null ? Number.NEGATIVE_INFINITY : cut - profile.windowDays * DAY;
  const lists = Array.from({ length: groups }, () => ({
    offsets: new BigUint64Array(users.length + 1),
    indices: [] as number[],
    weights: [] as number[],
  }));
  const facts = matrix(users.length, groups * 3 + userFeatures.cols);
  const count = new Float64Array(groups);
  const last = new Float64Array(groups);
  users.forEach((user, row) => {
    const begin = Number(histories.offsets[user]);
    const end = firstAtOrAfter(histories.time, cut, begin, Number(histories.offsets[user + 1]));
    const from = firstAtOrAfter(histories.time, oldest, begin, end);
    count.fill(0);
    const group = (item: number) => {
      if (groups === 1) return 0;
      let type = 0;
      while (item >= catalogue.typeOffsets[type + 1]!) type++;
      return type;
    };
    for (let e = from; e < end; e++) {
      const weight = kindWeights[histories.kind[e]!]!;
      if (weight === 0) continue;
      const g = group(histories.item[e]!);
      count[g]! += weight;
      last[g] = histories.time[e]!;
    }
    const decayed = new Float64Array(groups);
    for (let e = from; e < end; e++) {
      const kind = kindWeights[histories.kind[e]!]!;
      if (kind === 0) continue;
      const g = group(histories.item[e]!);
      lists[g]!.indices.push(histories.item[e]!);
      if (!weighted) continue;
      const weight =
        halfLifeDays === null ? kind : kind * 2 ** ((histories.time[e]! - last[g]!) / (halfLifeDays * DAY));
      decayed[g]! += weight;
      lists[g]!.weights.push(weight);
    }
    lists.forEach(({ offsets, indices, weights }, g) => {
      for (let i = Number(offsets[row]); i < weights.length; i++) weights[i]! /= decayed[g]!;
      offsets[row + 1] = BigInt(indices.length);
      if (count[g] === 0) return;
      facts.data[row * facts.cols + g * 3] = Math.log1p(count[g]!);
      facts.data[row * facts.cols + g * 3 + 1] = Math.log1p((cut - last[g]!) / DAY);
      facts.data[row * facts.cols + g * 3 + 2] = 1;
    });
    facts.data.set(
      userFeatures.data.subarray(user * userFeatures.cols, (user + 1) * userFeatures.cols),
      row * facts.cols + groups * 3,
    );
  });
  return {
    means: lists.map(({ offsets, indices, weights }) => ({
      offsets,
      indices: Uint32Array.from(indices),
      ...(weighted && { weights: Float32Array.from(weights) }),
    })),
    facts,
  };
}
