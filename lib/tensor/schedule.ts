import { require } from '../errors/index.js';

/** A learning rate from the number of updates made so far. */
export type Schedule = (step: number) => number;

export interface DecayOptions {
  /** The highest rate. */
  readonly peak: number;
  /** Updates over which it rises evenly from peak / warmup to the peak; default 0. */
  readonly warmup?: number;
  /** Updates in all; from there on the rate stays at the floor. */
  readonly total: number;
  /** Default 0. */
  readonly floor?: number;
}

/** Half a cosine from the peak down to the floor, after the warm-up. */
export const cosineDecay = (options: DecayOptions): Schedule =>
  decay(options, (progress) => (1 + Math.cos(Math.PI * progress)) / 2);

/** A straight line from the peak down to the floor, after the warm-up. */
export const linearDecay = (options: DecayOptions): Schedule => decay(options, (progress) => 1 - progress);

/** share: what is left of the way from the floor to the peak, from 1 at progress 0 to 0 at progress 1. */
function decay(
  { peak, warmup = 0, total, floor = 0 }: DecayOptions,
  share: (progress: number) => number,
): Schedule {
  require(Number.isFinite(peak) && floor >= 0 && floor <= peak, 'ERR_VALUE', () =>
    `schedule: peak is ${peak} and floor ${floor}, want 0 <= floor <= peak`);
  require(warmup >= 0 && total > warmup && Number.isFinite(total), 'ERR_VALUE', () =>
    `schedule: warmup is ${warmup} and total ${total}, want 0 <= warmup < total`);
  return (step) =>
    step < warmup
      ? (peak * (step + 1)) / warmup
      : floor + (peak - floor) * share(Math.min(1, (step - warmup) / (total - warmup)));
}
