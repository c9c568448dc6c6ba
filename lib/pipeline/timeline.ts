import { type EventLog, type SplitTimes, splitTimes } from '../events/index.js';
import { planSnapshots, type SnapshotPlan } from '../two-tower/index.js';
import type { Config } from './config/index.js';

const DAY = 86_400;

/** The part of the config that says which moments a run looks at. */
export interface TimelineConfig {
  readonly split: Config['split'];
  readonly window: Config['evaluation']['window'];
  readonly snapshots: number;
  readonly strideDays: number | null;
  readonly horizonDays: number | null;
}

export const timelineConfig = ({ split, evaluation, twoTower }: Config): TimelineConfig => ({
  split,
  window: evaluation.window,
  snapshots: twoTower.snapshots,
  strideDays: twoTower.strideDays,
  horizonDays: twoTower.horizonDays,
});

/** The moments of a run, in seconds. Everything that is learned or served knows events before `cut` only. */
export interface Timeline {
  readonly split: SplitTimes;
  /** Where the judged window begins: what serving knows lies before it. */
  readonly cut: number;
  /** Where the judged window ends (exclusive). */
  readonly end: number;
  /** Past moments that the two-tower is trained at, earliest first; the last of what they learn ends at the cut. */
  readonly snapshots: readonly SnapshotPlan[];
}

/**
 * The moments of a run. Left open, a snapshot learns from as many days as the validation window has (training
 * replays what serving will face), and snapshots lie half as far apart.
 */
export function timeline(log: EventLog, config: TimelineConfig): Timeline {
  const split = splitTimes(log, config.split);
  const validation = config.window === 'validation';
  const cut = validation ? split.validation : split.test;
  const horizonDays = config.horizonDays ?? Math.max(1, Math.round((split.test - split.validation) / DAY));
  const strideDays = config.strideDays ?? horizonDays / 2;
  const firstTime = log.time.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY);
  return {
    split,
    cut,
    end: validation ? split.test : Number.POSITIVE_INFINITY,
    snapshots: planSnapshots(cut, firstTime, { snapshots: config.snapshots, strideDays, horizonDays }),
  };
}
