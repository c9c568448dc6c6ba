/**
 * The generator's numbers. Each is set from a published statistic or stated as a choice; none was tuned on the
 * score of a model. docs/synth.md explains them.
 */

/** Power users: the top 25 % make 75 % of streams. A log-normal's top share q is 1 - Φ(z_q - σ): σ = 2 · 0.6745. */
export const USER_SIGMA = 1.35;

/** Items: the top 20 % have more than 80 % of streams; σ = 2 · 0.8416 gives 80 %, and taste flattens it. */
export const ITEM_SIGMA = 2.5;

export const PODCAST = 0;
export const AUDIOBOOK = 1;
export const TYPE_NAMES = ['podcast', 'audiobook'] as const;

/** The event kinds, in the order of their numbers. */
export const KINDS = ['stream', 'follow', 'preview', 'intent_to_pay'] as const;
export const STREAM = 0;

/** Weak signals, in the order of their bits: odds ratio of a later stream, and rate among first looks per type. */
export const WEAK = [
  { kind: 'follow', oddsRatio: 2.18, rate: [0.14, 0.1] },
  { kind: 'preview', oddsRatio: 1.18, rate: [0.18, 0.3] },
  { kind: 'intent_to_pay', oddsRatio: 1.13, rate: [0, 0.12] },
] as const;

/** Chance of a stream after a look without any weak signal, per type (choice). */
export const BASE_STREAM = [0.5, 0.35] as const;
/** Mean days from look to stream (choice). */
export const STREAM_LAG_DAYS = 2;

/** Chance that an item streamed before, drawn again, is streamed again rather than left for another (choice). */
export const REPEATS = [0.4, 0.1] as const;

/** Share of users who take to audiobooks, and the share of their and of others' looks that go there (choice). */
export const AUDIOBOOK_LISTENERS = 0.35;
export const AUDIOBOOK_LOOKS = { listener: 0.28, other: 0.02 } as const;

/** A user's own topics and their weights; the rest of the looks goes anywhere (choice). */
export const TOPIC_WEIGHTS = [0.45, 0.25, 0.12, 0.08] as const;
/** A user's hidden communities and their weights (choice). */
export const COMMUNITY_WEIGHTS = [0.8, 0.2] as const;
export const COMMUNITIES = 8;
/** Years around a topic's age at which its pull on a user falls to 61 % (choice). */
export const AGE_WIDTH = 14;

/** An item's second topic, where it has one: how many have, and its share of the item's weight and words (choice). */
export const SECOND_TOPIC = { items: 0.4, weight: 0.25, words: 0.3 } as const;

/** Items released within the log, more of them towards its end, and how long they count as fresh (choice). */
export const RELEASED_WITHIN = 0.16;
export const FRESH_DAYS = 28;
/** Share of looks that go to fresh items (choice). */
export const FRESH_LOOKS = 0.12;
/** An item's pull grows or shrinks by up to e^±0.6 from the log's middle to its ends (choice). */
export const DRIFT = 1.2;

/** Users who join within the log rather than before it (choice). */
export const JOIN_WITHIN = 0.2;
/** How an item in another language than the user's is taken: by an English item, by any other (choice). */
export const FOREIGN = { english: 0.35, other: 0.08 } as const;

/** Looks of one user at most: so many per day, and so much of the catalogue. */
export const MOST_PER_DAY = 20;
export const MOST_OF_CATALOGUE = 0.25;
