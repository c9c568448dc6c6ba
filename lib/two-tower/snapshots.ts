import { require } from '../errors/index.js';
import type { EventLog, Histories } from '../events/index.js';
import { firstAtOrAfter } from './statistics.js';

const DAY = 86_400;

/** Past moments at which training pretends to serve: everything it sees lies before the cut, what it learns after. */
export interface SnapshotPlan {
  /** Seconds; the inputs of the examples are made from events strictly before it. */
  readonly cut: number;
  /** Seconds; examples are events in [cut, end). */
  readonly end: number;
}

/**
 * Cuts stepping back from the serving cut: serving − stride, serving − 2 stride, ...; each learns from at most
 * `horizonDays` of events after it and never from the serving cut on. Cuts with no event before them are
 * left out.
 */
export function planSnapshots(
  servingCut: number,
  firstTime: number,
  { snapshots, strideDays, horizonDays }: { snapshots: number; strideDays: number; horizonDays: number },
): SnapshotPlan[] {
  const plans: SnapshotPlan[] = [];
  for (let k = snapshots; k >= 1; k--) {
    const cut = servingCut - k * strideDays * DAY;
    if (cut > firstTime) plans.push({ cut, end: Math.min(servingCut, cut + horizonDays * DAY) });
  }
  require(plans.length > 0, 'ERR_VALUE', () =>
    `snapshots: the events before the cut span less than one stride of ${strideDays} days; set twoTower.strideDays lower`);
  return plans;
}

/** Training examples of one snapshot: who took what after the cut that they had not met before it. */
export interface Examples {
  readonly user: Uint32Array;
  readonly item: Uint32Array;
}

/**
 * (user, item) pairs with a strong event in [cut, end) and no event of the pair at all before the cut, once each,
 * in order of (user, first time).
 */
export function snapshotExamples(log: EventLog, histories: Histories, { cut, end }: SnapshotPlan): Examples {
  const strong = log.kinds.map((kind) => kind.strong);
  const user: number[] = [];
  const item: number[] = [];
  const met = new Set<number>();
  for (let u = 0; u < histories.users; u++) {
    const begin = Number(histories.offsets[u]);
    const stop = Number(histories.offsets[u + 1]);
    const first = firstAtOrAfter(histories.time, cut, begin, stop);
    const last = firstAtOrAfter(histories.time, end, first, stop);
    if (first === last) continue;
    met.clear();
    for (let e = begin; e < first; e++) met.add(histories.item[e]!);
    for (let e = first; e < last; e++) {
      const row = histories.item[e]!;
      if (!strong[histories.kind[e]!] || met.has(row)) continue;
      met.add(row);
      user.push(u);
      item.push(row);
    }
  }
  return { user: Uint32Array.from(user), item: Uint32Array.from(item) };
}
