/** Below this many seconds two events are one sample: rates over shorter spans are noise. */
const SAMPLE = 0.2;
/** Seconds after which an old rate counts for a third. */
const MEMORY = 8;

/**
 * The speed of one task: a rate smoothed over the last seconds (exponential, weighted by time, so bursts of
 * events do not count more), and the average over all of it. The first event is the base: work that a resumed
 * task did in an earlier process is no part of the rate.
 */
export class Meter {
  readonly #start: number;
  readonly #base: number;
  #time: number;
  #done: number;
  #sampleTime: number;
  #sampleDone: number;
  #weighted = 0;
  #weight = 0;

  /** @param now seconds on any clock that only goes forward */
  constructor(done: number, now: number) {
    this.#start = this.#time = this.#sampleTime = now;
    this.#base = this.#done = this.#sampleDone = done;
  }

  update(done: number, now: number): void {
    this.#done = done;
    this.#time = now;
    const span = now - this.#sampleTime;
    if (span < SAMPLE) return;
    const keep = Math.exp(-span / MEMORY);
    this.#weighted = this.#weighted * keep + ((done - this.#sampleDone) / span) * (1 - keep);
    this.#weight = this.#weight * keep + (1 - keep); // so that the first samples are not pulled to zero
    this.#sampleTime = now;
    this.#sampleDone = done;
  }

  /** Seconds since the first event. */
  get seconds(): number {
    return this.#time - this.#start;
  }

  /** Units per second over the last seconds; undefined before the first sample. */
  get rate(): number | undefined {
    return this.#weight > 0 ? this.#weighted / this.#weight : undefined;
  }

  /** Units per second over the whole task; undefined when it took no measurable time. */
  get average(): number | undefined {
    return this.seconds > 0.001 && this.#done > this.#base
      ? (this.#done - this.#base) / this.seconds
      : undefined;
  }

  /** Seconds left to `total` at the smoothed rate; undefined when that cannot be said. */
  eta(total: number): number | undefined {
    const rate = this.rate;
    return rate !== undefined && rate > 0 ? Math.max(0, (total - this.#done) / rate) : undefined;
  }
}
