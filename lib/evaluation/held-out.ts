import { require } from '../errors/index.js';
import { type EventLog, histories } from '../events/index.js';
import { derive, type Seed, uniform } from '../random/index.js';
import { judgedPairs, type Window } from './judged.js';
import type { Judged } from './types.js';

/** A log parted in what may be known and what is to be foreseen. */
export interface HeldOut {
  /** The events that everything is made from. */
  readonly known: EventLog;
  /** What was held out, less what the known events of the user hold; made when it is called. */
  judged(): Judged;
}

/** The events for which `keep` holds, in their order. */
function eventsWhere(log: EventLog, keep: (i: number) => boolean): EventLog {
  let count = 0;
  for (let i = 0; i < log.length; i++) if (keep(i)) count++;
  const user = new Uint32Array(count);
  const item = new Uint32Array(count);
  const kind = new Uint8Array(count);
  const time = new Float64Array(count);
  for (let i = 0, n = 0; i < log.length; i++) {
    if (!keep(i)) continue;
    user[n] = log.user[i]!;
    item[n] = log.item[i]!;
    kind[n] = log.kind[i]!;
    time[n++] = log.time[i]!;
  }
  return { length: count, user, item, kind, time, kinds: log.kinds };
}

/** Known is all before the window, judged what users took in it. Events after the window are in neither. */
export function holdOutWindow(log: EventLog, users: number, window: Window): HeldOut {
  const known = eventsWhere(log, (i) => log.time[i]! < window.from);
  return { known, judged: () => judgedPairs(log, histories(known, users), window) };
}

/**
 * Leave-last-out. A user's discoveries are their first strong events with an item that they had no event with
 * before; the last one is held out with all events at or after it in the log, unless it is the only one.
 * @param back 0 holds the last discovery out, 1 the one before it (for validation)
 */
export function holdOutLast(log: EventLog, back: 0 | 1): HeldOut {
  const users: number[] = [];
  const items: number[] = [];
  const held = new Uint8Array(log.length);
  const strong = log.kinds.map((kind) => kind.strong);
  for (let begin = 0, end = 0; begin < log.length; begin = end) {
    const met = new Set<number>();
    const discoveries: number[] = [];
    for (end = begin; end < log.length && log.user[end] === log.user[begin]; end++) {
      const item = log.item[end]!;
      if (!met.has(item) && strong[log.kind[end]!]) discoveries.push(end);
      met.add(item);
    }
    const place = discoveries.length - 1 - back;
    if (place < 1) continue; // nothing would be known of the user
    held.fill(1, discoveries[place], end);
    users.push(log.user[begin]!);
    items.push(log.item[discoveries[place]!]!);
  }
  return {
    known: eventsWhere(log, (i) => held[i] === 0),
    judged: () => ({ user: Uint32Array.from(users), item: Uint32Array.from(items) }),
  };
}

/** A data set's own split: known is the log, judged what the test events add to it. */
export function holdOutGiven(log: EventLog, test: EventLog, users: number): HeldOut {
  const window = { from: Number.NEGATIVE_INFINITY };
  return { known: log, judged: () => judgedPairs(test, histories(log, users), window) };
}

/**
 * Holds out a share of the (user, item) pairs, all their events together, whatever their times: validation for
 * data that comes with a test file and no times. Whether a pair is held out is a function of (seed, user, item).
 */
export function holdOutShare(log: EventLog, users: number, share: number, seed: Seed): HeldOut {
  require(share > 0 && share < 1, 'ERR_RANGE', () => `share: want a number between 0 and 1, got ${share}`);
  const draw = derive(seed, 'held-out pairs');
  const held = (i: number) => uniform(draw, log.user[i]!, log.item[i]!) < share;
  const known = eventsWhere(log, (i) => !held(i));
  const window = { from: Number.NEGATIVE_INFINITY };
  return { known, judged: () => judgedPairs(eventsWhere(log, held), histories(known, users), window) };
}

/** Whether a user is of the share that a simulated new type is taken from. @throws CohearError ERR_RANGE */
export function coldUsers(share: number, seed: Seed): (user: number) => boolean {
  require(share > 0 && share <= 1, 'ERR_RANGE', () => `share: want a number from 0 to 1, got ${share}`);
  const draw = derive(seed, 'cold users');
  return (user) => uniform(draw, user) < share;
}

/**
 * Simulates a new type: the known events with the items of [begin, end) are taken from a share of the users.
 * What is judged stays: an item that such a user had before is no discovery.
 */
export function withoutItems(
  heldOut: HeldOut,
  [begin, end]: readonly [begin: number, end: number],
  share: number,
  seed: Seed,
): HeldOut {
  const cold = coldUsers(share, seed);
  const { known } = heldOut;
  const gone = (i: number) => known.item[i]! >= begin && known.item[i]! < end && cold(known.user[i]!);
  return { known: eventsWhere(known, (i) => !gone(i)), judged: heldOut.judged };
}
