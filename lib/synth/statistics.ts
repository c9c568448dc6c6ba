import {
  AUDIOBOOK,
  COMMUNITIES,
  FRESH_DAYS,
  KINDS,
  PODCAST,
  STREAM,
  TYPE_NAMES,
  WEAK,
} from './calibration.js';
import { type Items, typeOf } from './items.js';
import { TOPICS } from './vocabulary.js';

/** What a generated log came out as, beside what it was made for. */
export interface SynthStatistics {
  readonly events: number;
  readonly eventsByKind: Readonly<Record<string, number>>;
  readonly eventsByType: Readonly<Record<string, number>>;
  readonly streams: number;
  readonly activeUsers: number;
  readonly streamedItems: number;
  /** Share of streams by the most active 25 % of users (of those with a stream). */
  readonly topUsersShare: number;
  /** Share of streams of the most streamed 20 % of items, per type and over all. */
  readonly topItemsShare: Readonly<Record<string, number>>;
  /** Odds ratio of a later stream for each weak signal (Mantel–Haenszel over type and other signals). */
  readonly oddsRatio: Readonly<Record<string, number>>;
  /** Items released in the last 28 days: share of the catalogue, and of the streams of those days. */
  readonly fresh: { readonly items: number; readonly streams: number };
  /** Mean cosine of a user's podcast topics with their own audiobook topics, and with another user's. */
  readonly crossType: { readonly own: number; readonly other: number };
  /**
   * Pairs of items that a user streamed one after the other within a topic: the share that has one hidden
   * community, and what that share were if communities did not matter.
   */
  readonly sharedCommunity: { readonly observed: number; readonly chance: number };
}

const TOPIC_COUNT = TOPICS.length;
const SIGNAL_SETS = 1 << WEAK.length;

/** Share of the sum that the largest `part` of the values hold. */
export function topShare(values: Uint32Array, part: number): number {
  const sorted = values.slice().sort();
  const from = sorted.length - Math.round(part * sorted.length);
  let top = 0;
  let all = 0;
  sorted.forEach((value, i) => {
    all += value;
    if (i >= from) top += value;
  });
  return all > 0 ? top / all : 0;
}

/** Counts while the log is made; memory is some bytes per item and per user. */
export class Tally {
  private readonly kinds = new Float64Array(KINDS.length);
  private readonly types = new Float64Array(TYPE_NAMES.length);
  private readonly userStreams: Uint32Array;
  private readonly itemStreams: Uint32Array;
  /** Looks by type, signals and whether a stream followed. */
  private readonly looks = new Float64Array(2 * SIGNAL_SETS * 2);
  private lateStreams = 0;
  private lateFreshStreams = 0;
  private readonly pairs = new Float64Array(TOPIC_COUNT);
  private readonly sharing = new Float64Array(TOPIC_COUNT);
  private readonly lastInTopic = new Int32Array(TOPIC_COUNT);
  private readonly history = [new Float64Array(TOPIC_COUNT), new Float64Array(TOPIC_COUNT)] as const;
  private readonly otherPodcasts = new Float64Array(TOPIC_COUNT);
  private readonly cosines = { own: 0, other: 0, users: 0, others: 0 };
  private user = 0;

  constructor(
    private readonly items: Items,
    users: number,
    private readonly days: number,
  ) {
    this.userStreams = new Uint32Array(users);
    this.itemStreams = new Uint32Array(items.size);
  }

  startUser(user: number): void {
    this.user = user;
    this.lastInTopic.fill(-1);
    for (const topics of this.history) topics.fill(0);
  }

  event(item: number, kind: number, time: number): void {
    const { items, days } = this;
    const type = typeOf(items, item);
    this.kinds[kind]!++;
    this.types[type]!++;
    if (kind !== STREAM) return;
    this.userStreams[this.user]!++;
    this.itemStreams[item]!++;
    if (time >= days - FRESH_DAYS) {
      this.lateStreams++;
      if (items.released[item]! >= days - FRESH_DAYS) this.lateFreshStreams++;
    }
    const topic = items.topic[item]!;
    this.history[type]![topic]!++;
    const last = this.lastInTopic[topic]!;
    this.lastInTopic[topic] = item;
    if (last < 0 || last === item) return;
    this.pairs[topic]!++;
    if (items.community[last] === items.community[item]) this.sharing[topic]!++;
  }

  look(item: number, signals: number, streamed: boolean): void {
    this.looks[(typeOf(this.items, item) * SIGNAL_SETS + signals) * 2 + (streamed ? 1 : 0)]!++;
  }

  endUser(): void {
    const [podcasts, audiobooks] = this.history;
    if (!podcasts.some((n) => n > 0) || !audiobooks.some((n) => n > 0)) return;
    this.cosines.own += cosine(podcasts, audiobooks);
    this.cosines.users++;
    if (this.cosines.users > 1) {
      this.cosines.other += cosine(this.otherPodcasts, audiobooks);
      this.cosines.others++;
    }
    this.otherPodcasts.set(podcasts);
  }

  finish(): SynthStatistics {
    const { items, days, kinds, types, itemStreams, cosines } = this;
    const { podcasts, size } = items;
    let freshItems = 0;
    for (let i = 0; i < size; i++) if (items.released[i]! >= days - FRESH_DAYS) freshItems++;
    const active = this.userStreams.filter((n) => n > 0);
    return {
      events: kinds.reduce((a, b) => a + b, 0),
      eventsByKind: Object.fromEntries(KINDS.map((kind, i) => [kind, kinds[i]!])),
      eventsByType: Object.fromEntries(TYPE_NAMES.map((type, i) => [type, types[i]!])),
      streams: kinds[STREAM]!,
      activeUsers: active.length,
      streamedItems: itemStreams.reduce((n, streams) => n + (streams > 0 ? 1 : 0), 0),
      topUsersShare: topShare(active, 0.25),
      topItemsShare: {
        all: topShare(itemStreams, 0.2),
        [TYPE_NAMES[PODCAST]]: topShare(itemStreams.subarray(0, podcasts), 0.2),
        [TYPE_NAMES[AUDIOBOOK]]: topShare(itemStreams.subarray(podcasts), 0.2),
      },
      oddsRatio: Object.fromEntries(WEAK.map(({ kind }, s) => [kind, this.oddsRatio(1 << s)])),
      fresh: { items: freshItems / size, streams: ratio(this.lateFreshStreams, this.lateStreams) },
      crossType: { own: ratio(cosines.own, cosines.users), other: ratio(cosines.other, cosines.others) },
      sharedCommunity: this.sharedCommunity(),
    };
  }

  /** Mantel–Haenszel: Σ a d / n over Σ b c / n, over strata of type and other signals. */
  private oddsRatio(bit: number): number {
    let above = 0;
    let below = 0;
    for (let stratum = 0; stratum < 2 * SIGNAL_SETS; stratum++) {
      if (stratum & bit) continue;
      const [without, streamedWithout] = [this.looks[2 * stratum]!, this.looks[2 * stratum + 1]!];
      const at = 2 * (stratum | bit);
      const [withSignal, streamedWith] = [this.looks[at]!, this.looks[at + 1]!];
      const all = without + streamedWithout + withSignal + streamedWith;
      if (all === 0) continue;
      above += (streamedWith * without) / all;
      below += (withSignal * streamedWithout) / all;
    }
    return ratio(above, below);
  }

  /**
   * Chance within a topic: two different items drawn by their streams, so (Σ_c P_c² - Σ_i p_i²) / (1 - Σ_i p_i²)
   * with shares P of communities and p of items; topics weigh as many pairs as they have.
   */
  private sharedCommunity(): { observed: number; chance: number } {
    const { items, itemStreams } = this;
    const community = new Float64Array(TOPIC_COUNT * COMMUNITIES);
    const squares = new Float64Array(TOPIC_COUNT);
    for (let i = 0; i < items.size; i++) {
      community[items.topic[i]! * COMMUNITIES + items.community[i]!]! += itemStreams[i]!;
      squares[items.topic[i]!]! += itemStreams[i]! ** 2;
    }
    let pairs = 0;
    let sharing = 0;
    let expected = 0;
    for (let t = 0; t < TOPIC_COUNT; t++) {
      const shares = community.subarray(t * COMMUNITIES, (t + 1) * COMMUNITIES);
      const all = shares.reduce((a, b) => a + b, 0);
      const same = shares.reduce((sum, n) => sum + n * n, 0) - squares[t]!;
      pairs += this.pairs[t]!;
      sharing += this.sharing[t]!;
      expected += this.pairs[t]! * ratio(same, all * all - squares[t]!);
    }
    return { observed: ratio(sharing, pairs), chance: ratio(expected, pairs) };
  }
}

const ratio = (a: number, b: number) => (b > 0 ? a / b : 0);

function cosine(a: Float64Array, b: Float64Array): number {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    aa += a[i]! * a[i]!;
    bb += b[i]! * b[i]!;
  }
  return ratio(dot, Math.sqrt(aa * bb));
}
