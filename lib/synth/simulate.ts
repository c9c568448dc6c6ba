import { derive } from '../random/index.js';
import {
  AUDIOBOOK,
  AUDIOBOOK_LISTENERS,
  AUDIOBOOK_LOOKS,
  BASE_STREAM,
  COMMUNITIES,
  COMMUNITY_WEIGHTS,
  DRIFT,
  FOREIGN,
  FRESH_LOOKS,
  MOST_OF_CATALOGUE,
  MOST_PER_DAY,
  PODCAST,
  REPEATS,
  STREAM,
  STREAM_LAG_DAYS,
  TOPIC_WEIGHTS,
  WEAK,
} from './calibration.js';
import { buildCells, type Cells, firstCell } from './cells.js';
import { clock } from './clock.js';
import { Draws } from './draws.js';
import { type Items, TOPIC_SHARE, TOPIC_TOTAL } from './items.js';
import type { SynthParameters } from './options.js';
import { drawPerson, newPerson, type Person } from './people.js';

/** Receives what one user does. */
export interface Sink {
  /** An event, `time` in days since the log's first; one after the log's end is not reported. */
  event(item: number, kind: number, time: number): void;
  /** A first look at an item: which weak signals came (bits) and whether a stream followed. */
  look(item: number, signals: number, streamed: boolean): void;
}

/** Tries at an item that may be had: released, in a language understood, not looked at before. */
const TRIES = 24;
const MINUTE = 1 / 1440;

/** Chance of a stream by weak signals: logit p = logit base + Σ ln(odds ratio of each signal). */
const STREAM_CHANCE = BASE_STREAM.map((base) =>
  Float64Array.from({ length: 1 << WEAK.length }, (_, signals) => {
    let odds = base / (1 - base);
    for (let s = 0; s < WEAK.length; s++) if (signals & (1 << s)) odds *= WEAK[s]!.oddsRatio;
    return odds / (1 + odds);
  }),
);

/** Events that a first look leaves on average: every weak signal's rate and the chance of a stream. */
function eventsPerLook(type: number): number {
  let chance = 0;
  for (let signals = 0; signals < 1 << WEAK.length; signals++) {
    const odds = WEAK.map((w, s) => (signals & (1 << s) ? w.rate[type]! : 1 - w.rate[type]!));
    chance += odds.reduce((a, b) => a * b, 1) * STREAM_CHANCE[type]![signals]!;
  }
  return WEAK.reduce((sum, w) => sum + w.rate[type]!, chance);
}

/** Mean looks of a user for a mean number of events. */
function looksFor(events: number): number {
  const { listener, other } = AUDIOBOOK_LOOKS;
  const share = AUDIOBOOK_LISTENERS * listener + (1 - AUDIOBOOK_LISTENERS) * other;
  return events / (share * eventsPerLook(AUDIOBOOK) + (1 - share) * eventsPerLook(PODCAST));
}

/**
 * What users do, one user at a time. A user's events are a function of the seed, the catalogue and the user's
 * number, so users can be done in any order and any number at a time.
 */
export class Simulation {
  readonly person: Person = newPerson();
  private readonly cells: Cells;
  private readonly draws: Draws;
  private readonly meanLooks: number;
  private readonly mostLooks: number;
  /** The visit (call of user()) in which an item was last looked at, and whether that look led to a stream. */
  private readonly lookedIn: Uint32Array;
  private readonly streamed: Uint8Array;
  private visit = 0;

  constructor(
    private readonly parameters: SynthParameters,
    private readonly items: Items,
  ) {
    this.cells = buildCells(items, parameters.days);
    this.draws = new Draws(derive(parameters.seed, 'synth/users'));
    this.meanLooks = looksFor(parameters.eventsPerUser);
    this.mostLooks = Math.ceil(Math.min(MOST_PER_DAY * parameters.days, MOST_OF_CATALOGUE * items.size));
    this.lookedIn = new Uint32Array(items.size);
    this.streamed = new Uint8Array(items.size);
  }

  /** Draws user `user` (see `person`) and tells `sink` what they do. */
  user(user: number, sink: Sink): void {
    const { draws, person } = this;
    const { days } = this.parameters;
    this.visit++;
    drawPerson(draws.at(user), days, person);
    const looks = Math.min(this.mostLooks, draws.poisson(this.meanLooks * person.activity));
    const times = new Float64Array(looks);
    for (let i = 0; i < looks; i++) times[i] = person.joined + draws.uniform() * (days - person.joined);
    times.sort();
    for (let i = 0; i < looks; i++) this.look(clock(times[i]!), sink);
  }

  private look(time: number, sink: Sink): void {
    const { draws } = this;
    const type = draws.uniform() < this.person.audiobooks ? AUDIOBOOK : PODCAST;
    for (let tries = 0; tries < TRIES; tries++) {
      const item = this.candidate(type, time);
      if (item < 0) continue;
      if (this.lookedIn[item] !== this.visit) {
        this.lookedIn[item] = this.visit;
        this.streamed[item] = this.firstLook(type, item, time, sink) ? 1 : 0;
        return;
      }
      if (this.streamed[item] === 1 && draws.uniform() < REPEATS[type]!) {
        sink.event(item, STREAM, time);
        return;
      }
    }
  }

  /** An item by taste; -1 when the one drawn cannot be had. */
  private candidate(type: number, time: number): number {
    const { draws, person, items, cells } = this;
    const { days, graphSignal } = this.parameters;
    let own = draws.uniform();
    let topic = -1;
    for (let i = 0; i < TOPIC_WEIGHTS.length && topic < 0; i++)
      if ((own -= TOPIC_WEIGHTS[i]!) < 0) topic = person.topics[i]!;
    if (topic < 0) topic = draws.pick(TOPIC_SHARE, TOPIC_TOTAL);
    let from = firstCell(type, topic);
    let to = from + COMMUNITIES;
    if (draws.uniform() < graphSignal) {
      from += person.communities[draws.uniform() < COMMUNITY_WEIGHTS[0] ? 0 : 1]!;
      to = from + 1;
    }
    const table = draws.uniform() < FRESH_LOOKS ? cells.fresh[Math.floor(time / 7)]! : cells.all;
    const item = table.pick(from, to, draws.uniform());
    if (item < 0 || items.released[item]! > time) return -1;
    // The pull at this time relative to the most that drift can make of it.
    if (draws.uniform() >= Math.exp(items.drift[item]! * (time / days - 0.5) - DRIFT / 2)) return -1;
    const language = items.language[item]!;
    if (language === person.language) return item;
    return draws.uniform() < (language === 0 ? FOREIGN.english : FOREIGN.other) ? item : -1;
  }

  /** Weak signals and perhaps a stream, some days later; returns whether there was one. */
  private firstLook(type: number, item: number, time: number, sink: Sink): boolean {
    const { draws } = this;
    let signals = 0;
    let at = time;
    for (let s = 0; s < WEAK.length; s++) {
      if (draws.uniform() >= WEAK[s]!.rate[type]!) continue;
      signals |= 1 << s;
      sink.event(item, s + 1, at);
      at += MINUTE;
    }
    const streamed = draws.uniform() < STREAM_CHANCE[type]![signals]!;
    // The lag is drawn with or without signals, so that the log's end cuts off both alike.
    if (streamed) sink.event(item, STREAM, at + STREAM_LAG_DAYS * draws.exponential());
    sink.look(item, signals, streamed);
    return streamed;
  }
}
