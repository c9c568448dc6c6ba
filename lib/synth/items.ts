import { derive } from '../random/index.js';
import {
  AUDIOBOOK,
  COMMUNITIES,
  DRIFT,
  ITEM_SIGMA,
  PODCAST,
  RELEASED_WITHIN,
  SECOND_TOPIC,
} from './calibration.js';
import { Draws } from './draws.js';
import type { SynthParameters } from './options.js';
import { LANGUAGES, TOPICS } from './vocabulary.js';

/** No second topic. */
export const NONE = 255;

/** What decides who takes an item, one entry per item; podcasts first, then audiobooks. */
export interface Items {
  readonly size: number;
  readonly podcasts: number;
  /** Told by the item's words. */
  readonly topic: Uint8Array;
  /** Told by the item's words, or {@link NONE}. */
  readonly second: Uint8Array;
  /** Told by nothing but who takes the item. */
  readonly community: Uint8Array;
  readonly language: Uint8Array;
  /** Popularity: log-normal. */
  readonly weight: Float64Array;
  /** Growth of the pull over the log, in e-folds. */
  readonly drift: Float32Array;
  /** Day of release, counted from the first day of the log; negative before it. */
  readonly released: Float64Array;
}

/** How common topic k is, among items and in taste: 1 / (k + 4). */
export const TOPIC_SHARE = Float64Array.from(TOPICS, (_, k) => 1 / (k + 4));
export const TOPIC_TOTAL = TOPIC_SHARE.reduce((a, b) => a + b, 0);
const LANGUAGE_SHARE = LANGUAGES.map((l) => l.share);

/** The type of an item, by its number. */
export const typeOf = (items: Items, item: number): 0 | 1 => (item < items.podcasts ? PODCAST : AUDIOBOOK);

/** Draws every item's properties. An item's properties depend on its number and the seed alone, not on sizes. */
export function drawItems(parameters: SynthParameters): Items {
  const { podcasts, audiobooks, days, seed } = parameters;
  const size = podcasts + audiobooks;
  const items: Items = {
    size,
    podcasts,
    topic: new Uint8Array(size),
    second: new Uint8Array(size).fill(NONE),
    community: new Uint8Array(size),
    language: new Uint8Array(size),
    weight: new Float64Array(size),
    drift: new Float32Array(size),
    released: new Float64Array(size),
  };
  const perType = [PODCAST, AUDIOBOOK].map((type) => new Draws(derive(seed, `synth/items/${type}`)));
  for (let item = 0; item < size; item++) {
    const type = typeOf(items, item);
    const draws = perType[type]!.at(type === PODCAST ? item : item - podcasts);
    const topic = draws.pick(TOPIC_SHARE, TOPIC_TOTAL);
    items.topic[item] = topic;
    const second = draws.pick(TOPIC_SHARE, TOPIC_TOTAL);
    if (draws.uniform() < SECOND_TOPIC.items && second !== topic) items.second[item] = second;
    items.community[item] = draws.below(COMMUNITIES);
    items.language[item] = draws.pick(LANGUAGE_SHARE, 1);
    items.weight[item] = Math.exp(ITEM_SIGMA * draws.normal());
    items.drift[item] = DRIFT * (2 * draws.uniform() - 1);
    const within = draws.uniform() < RELEASED_WITHIN;
    const when = draws.uniform();
    // Within the log the density grows linearly towards its end; before it, back to five years.
    items.released[item] = within ? days * Math.sqrt(when) : -1 - when * 5 * 365;
  }
  return items;
}
