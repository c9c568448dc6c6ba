import { type Matrix, matrix } from '../../lib/artifacts/index.js';
import { type EventLog, histories } from '../../lib/events/index.js';
import { uniform } from '../../lib/random/index.js';
import {
  itemStatistics,
  itemTimes,
  type Moment,
  type ProfileOptions,
  planSnapshots,
  snapshotExamples,
  type TwoTowerOptions,
  tableFeatures,
  type World,
} from '../../lib/two-tower/index.js';

export const DAY = 86_400;
export const ITEMS = 40; // 0 .. 24 of one type, 25 .. 39 of the other
export const USERS = 120;
export const CUT = 100 * DAY;

export interface Event {
  readonly user: number;
  readonly item: number;
  readonly day: number;
  readonly kind?: number;
}

export function logOf(events: readonly Event[]): EventLog {
  const sorted = [...events].sort(
    (a, b) => a.user - b.user || a.day - b.day || a.item - b.item || (a.kind ?? 0) - (b.kind ?? 0),
  );
  return {
    length: sorted.length,
    user: Uint32Array.from(sorted, (e) => e.user),
    item: Uint32Array.from(sorted, (e) => e.item),
    kind: Uint8Array.from(sorted, (e) => e.kind ?? 0),
    time: Float64Array.from(sorted, (e) => e.day * DAY),
    kinds: [
      { name: 'stream', strong: true },
      { name: 'preview', strong: false },
    ],
  };
}

/** Users of two tastes take items of their own group; the group is the item's number modulo 2. */
export function tasteEvents(last = 120): Event[] {
  const events: Event[] = [];
  for (let user = 0; user < USERS; user++)
    for (let n = 0; n < 24; n++) {
      const own = uniform(1, user, n, 0) < 0.9;
      const half = Math.floor(uniform(1, user, n, 1) * (ITEMS / 2));
      const item = 2 * half + (((user % 2) + (own ? 0 : 1)) % 2);
      events.push({ user, item, day: Math.floor(uniform(1, user, n, 2) * last), kind: n % 4 === 0 ? 1 : 0 });
    }
  return events;
}

/** Text that tells an item's group, and an "HGNN embedding" that tells it, too. */
export function worldOf(
  log: EventLog,
  before = CUT,
  profile: Partial<ProfileOptions> = {},
): World & { readonly text: Matrix } {
  const text = matrix(ITEMS, 4);
  for (let i = 0; i < ITEMS; i++)
    text.data.set([i % 2, 1 - (i % 2), uniform(2, i, 0), uniform(2, i, 1)], i * 4);
  return {
    catalogue: { size: ITEMS, types: ['a', 'p'], typeOffsets: Uint32Array.of(0, 25, ITEMS) },
    histories: histories(log, USERS, { before }),
    text,
    itemFeatures: tableFeatures(ITEMS, {}),
    userFeatures: tableFeatures(USERS, {}, {}),
    profile: {
      windowDays: null,
      vectors: ['hgnn'],
      means: 'per-type',
      halfLifeDays: null,
      kindWeights: [1, 1],
      ...profile,
    },
  };
}

export function momentOf(log: EventLog, cut: number, embeddings: Moment['embeddings'] = null): Moment {
  const sources = [true, false].map((strong) => itemTimes(log, ITEMS, strong));
  return { cut, embeddings, statistics: itemStatistics(sources, cut, [7, 30]) };
}

export function snapshotsOf(log: EventLog, world: World) {
  const plans = planSnapshots(CUT, 0, { snapshots: 3, strideDays: 20, horizonDays: 20 });
  return plans.map((plan) => ({
    moment: momentOf(log, plan.cut),
    examples: snapshotExamples(log, world.histories, plan),
  }));
}

export const options: TwoTowerOptions = {
  members: 1,
  hidden: [32],
  out: 16,
  loss: 'softmax',
  temperature: 0.2,
  learnTemperature: false,
  exampleWeights: 'equal',
  batch: 64,
  uniformNegatives: 20,
  epochs: 8,
  learningRate: 5e-3,
  weightDecay: 0,
  seed: 4,
};
