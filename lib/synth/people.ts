import {
  AGE_WIDTH,
  AUDIOBOOK_LISTENERS,
  AUDIOBOOK_LOOKS,
  COMMUNITIES,
  COMMUNITY_WEIGHTS,
  JOIN_WITHIN,
  TOPIC_WEIGHTS,
  USER_SIGMA,
} from './calibration.js';
import type { Draws } from './draws.js';
import { TOPIC_SHARE } from './items.js';
import { COUNTRIES, TOPICS } from './vocabulary.js';

/** One user's hidden and visible properties. Filled anew for each user, so that a million make no garbage. */
export interface Person {
  age: number;
  country: number;
  language: number;
  /** First day of activity, 0 for most. */
  joined: number;
  /** Activity relative to the mean user. */
  activity: number;
  /** Share of looks that go to audiobooks. */
  audiobooks: number;
  /** Own topics, by falling weight; the same for every item type. */
  readonly topics: Uint8Array;
  /** Own hidden communities, by falling weight; the same for every item type. */
  readonly communities: Uint8Array;
}

export const newPerson = (): Person => ({
  age: 0,
  country: 0,
  language: 0,
  joined: 0,
  activity: 0,
  audiobooks: 0,
  topics: new Uint8Array(TOPIC_WEIGHTS.length),
  communities: new Uint8Array(COMMUNITY_WEIGHTS.length),
});

const COUNTRY_SHARE = COUNTRIES.map((c) => c.share);
const COUNTRY_TOTAL = COUNTRY_SHARE.reduce((a, b) => a + b, 0);
const YOUNGEST = 16;
const OLDEST = 85;
/** The mean of a log-normal e^(σ z) is e^(σ² / 2). */
const ACTIVITY_MEAN = Math.exp(USER_SIGMA ** 2 / 2);

/** Topic k's pull at an age: its share times exp(-(age - age_k)² / (2 width²)). */
const TOPICS_AT_AGE = Array.from({ length: OLDEST + 1 }, (_, age) =>
  Float64Array.from(
    TOPICS,
    (t, k) => TOPIC_SHARE[k]! * Math.exp(-((age - t.age) ** 2) / (2 * AGE_WIDTH ** 2)),
  ),
);
const left = new Float64Array(TOPICS.length);

/** Draws the next user into `person`; `draws` stands at the user's start. */
export function drawPerson(draws: Draws, days: number, person: Person): void {
  person.country = draws.pick(COUNTRY_SHARE, COUNTRY_TOTAL);
  person.language = COUNTRIES[person.country]!.language;
  person.age = Math.min(OLDEST, Math.max(YOUNGEST, Math.round(37 + 13 * draws.normal())));
  person.activity = Math.exp(USER_SIGMA * draws.normal()) / ACTIVITY_MEAN;
  const within = draws.uniform() < JOIN_WITHIN;
  const when = draws.uniform();
  person.joined = within ? when * days : 0;
  person.audiobooks =
    draws.uniform() < AUDIOBOOK_LISTENERS ? AUDIOBOOK_LOOKS.listener : AUDIOBOOK_LOOKS.other;
  left.set(TOPICS_AT_AGE[person.age]!); // drawn without replacement
  for (let i = 0; i < person.topics.length; i++) {
    let total = 0;
    for (let k = 0; k < left.length; k++) total += left[k]!;
    const topic = draws.pick(left, total);
    person.topics[i] = topic;
    left[topic] = 0;
  }
  const first = draws.below(COMMUNITIES);
  person.communities[0] = first;
  person.communities[1] = (first + 1 + draws.below(COMMUNITIES - 1)) % COMMUNITIES;
}
