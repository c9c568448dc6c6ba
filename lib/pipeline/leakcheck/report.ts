/** What one kind of check found. */
export interface LeakReport {
  /** histories, edges, statistics, ... */
  readonly name: string;
  /** What was compared with the event table, and how many of it. */
  readonly checked: number;
  readonly unit: string;
  /** How many of those hold what could not be known. */
  readonly leaks: number;
  /** The first few, in words: what was found, where, what the table says. */
  readonly examples: readonly string[];
  /** What a reader should know besides; no leak. */
  readonly notes: readonly string[];
}

const SHOWN = 3;

/** Gathers what a check finds. */
export class Findings {
  #checked = 0;
  #leaks = 0;
  readonly #examples: string[] = [];
  readonly #notes: string[] = [];

  constructor(
    readonly name: string,
    readonly unit: string,
  ) {}

  checked(count: number): void {
    this.#checked += count;
  }
  leak(words: () => string): void {
    if (this.#leaks++ < SHOWN) this.#examples.push(words());
  }
  note(words: string): void {
    this.#notes.push(words);
  }
  report(): LeakReport {
    return {
      name: this.name,
      unit: this.unit,
      checked: this.#checked,
      leaks: this.#leaks,
      examples: this.#examples,
      notes: this.#notes,
    };
  }
}

export const date = (seconds: number): string =>
  Number.isFinite(seconds) ? new Date(seconds * 1000).toISOString().replace('.000Z', 'Z') : String(seconds);
