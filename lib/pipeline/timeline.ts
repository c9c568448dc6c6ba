import { CohearError, require } from '../errors/index.js';
import {
  type HeldOut,
  holdOutGiven,
  holdOutLast,
  holdOutShare,
  holdOutWindow,
  type Judged,
  withoutItems,
} from '../evaluation/index.js';
import { type Dataset, type EventLog, type SplitTimes, splitTimes } from '../events/index.js';
import { planSnapshots, type SnapshotPlan } from '../two-tower/index.js';
import type { Config } from './config/index.js';

const DAY = 86_400;

/** Snapshots in the days that one of them learns from, unless the config says otherwise. */
const PER_HORIZON = 6;

const perHorizon = (snapshots: number): number => Math.min(PER_HORIZON, snapshots);

/** How many snapshots an event is an example of; null where that depends on how long the data's windows are. */
export function snapshotsOfAnEvent({
  snapshots,
  strideDays,
  horizonDays,
}: Pick<TimelineConfig, 'snapshots' | 'strideDays' | 'horizonDays'>): number | null {
  if (strideDays === null) return perHorizon(snapshots);
  if (horizonDays === null) return null;
  return Math.min(Math.max(1, Math.round(horizonDays / strideDays)), snapshots);
}

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

/**
 * Days between snapshots where the config leaves it open: whole ones, since a moment at another hour of the day than
 * the serving one, or of data that knows only days, sees fresher or older events than will be seen in serving.
 */
function strideOf(horizonDays: number, snapshots: number): number {
  const stride = horizonDays / perHorizon(snapshots);
  return stride < 1 ? stride : Math.round(stride);
}

/** What a run knows, from when, and what it is to foresee. Times in seconds. */
export interface Timeline {
  /** The dataset as it may be known: everything that is learned or served is made from its events alone. */
  readonly known: Dataset;
  /** The moment for which everything is made; every known event lies before it. */
  readonly cut: number;
  /** Where the judged window ends (exclusive); infinite where nothing ends it. */
  readonly end: number;
  /** The cuts of a split by time; null for others. */
  readonly split: SplitTimes | null;
  /** Past moments that the two-tower is trained at, earliest first; the last of what they learn ends at the cut. */
  readonly snapshots: readonly SnapshotPlan[];
  /** What users went on to take. */
  judged(): Judged;
}

/**
 * The moments of a run. Left open, a snapshot learns from as many days as the validation window has (training
 * replays what serving will face), and six snapshots lie in as many days: what follows from a trend can be learned
 * from few items at any one moment, so it takes many moments.
 */
export function timeline(dataset: Dataset, config: TimelineConfig): Timeline {
  const { split: options } = config;
  const split = options.by === 'time' ? splitTimes(dataset.log, options) : null;
  const validation = config.window === 'validation';
  const heldOut = simulated(dataset, options, hold(dataset, config, split));
  const known = { ...dataset, log: heldOut.known };
  const [firstTime, lastTime] = timeRange(known.log);
  const cut = split === null ? lastTime + 1 : validation ? split.validation : split.test;
  return {
    known,
    cut,
    end: split !== null && validation ? split.test : Number.POSITIVE_INFINITY,
    split,
    // Only the two-tower needs snapshots, and only its data needs times.
    get snapshots() {
      // To serve, a model is trained as the judged one was: the same days are to be foreseen.
      const window =
        split ?? splitTimes(known.log, options.by === 'none' ? options : { validation: 0.8, test: 0.9 });
      const horizonDays =
        config.horizonDays ?? Math.max(1, Math.round((window.test - window.validation) / DAY));
      const strideDays = config.strideDays ?? strideOf(horizonDays, config.snapshots);
      return planSnapshots(cut, firstTime, { snapshots: config.snapshots, strideDays, horizonDays });
    },
    judged: heldOut.judged,
  };
}

function hold(
  { log, test, users }: Dataset,
  { split: options, window }: TimelineConfig,
  split: SplitTimes | null,
): HeldOut {
  const validation = window === 'validation';
  if (split !== null)
    return holdOutWindow(
      log,
      users.size,
      validation ? { from: split.validation, to: split.test } : { from: split.test },
    );
  if (options.by === 'none')
    return {
      known: log,
      judged: () => {
        throw new CohearError(
          'ERR_CONFIG',
          'split.by: "none" holds nothing out, so there is nothing to judge',
        );
      },
    };
  if (options.by === 'last') return holdOutLast(log, validation ? 1 : 0);
  require(test, 'ERR_CONFIG', 'split.by: "given" needs the file of held-out events, `events.test`');
  return validation
    ? holdOutShare(log, users.size, options.share, options.seed)
    : holdOutGiven(log, test, users.size);
}

/** What the config takes away from the known events besides. */
function simulated(
  { catalogue }: Dataset,
  { coldType, seed }: TimelineConfig['split'],
  heldOut: HeldOut,
): HeldOut {
  if (coldType === undefined) return heldOut;
  const type = catalogue.types.indexOf(coldType.type);
  require(type >= 0, 'ERR_CONFIG', () =>
    `split.coldType.type: no items of type "${coldType.type}"; the types are ${catalogue.types.join(', ')}`);
  const range = [catalogue.typeOffsets[type]!, catalogue.typeOffsets[type + 1]!] as const;
  return withoutItems(heldOut, range, coldType.users, seed);
}

function timeRange({ time, length }: EventLog): [first: number, last: number] {
  require(length > 0, 'ERR_VALUE', 'no event is known before the window: move the cut, or hold less out');
  let [first, last] = [time[0]!, time[0]!];
  for (let i = 1; i < length; i++) {
    first = Math.min(first, time[i]!);
    last = Math.max(last, time[i]!);
  }
  return [first, last];
}
