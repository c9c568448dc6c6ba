import { hash } from 'node:crypto';
import { KeyIndex } from './key-index.js';

/** Texts by their places: an array of strings, or something that makes them as they are asked for. */
export interface TextList {
  readonly length: number;
  at(place: number): string | undefined;
}

/** Texts between pauses for the event loop. */
const STRETCH = 8192;
export const breathe = (): Promise<void> => new Promise(setImmediate);

/** The distinct texts that are not empty, numbered in order of first appearance, with their keys for one encoder. */
export class TextIndex {
  private constructor(
    readonly keys: KeyIndex,
    /** Where an entry stands first. */
    private readonly first: Int32Array,
    /** The next place with the text of a place, -1 after the last. */
    private readonly next: Int32Array,
    private readonly lengths: Int32Array,
  ) {}

  static async of(texts: TextList, fingerprint: string): Promise<TextIndex> {
    const keys = new KeyIndex(texts.length);
    const [first, last, lengths] = [0, 1, 2].map(() => new Int32Array(texts.length));
    const next = new Int32Array(texts.length).fill(-1);
    for (let place = 0; place < texts.length; place++) {
      if (place % STRETCH === STRETCH - 1) await breathe();
      const text = texts.at(place)!;
      if (text.trim() === '') continue;
      const count = keys.count;
      const entry = keys.add(hash('sha256', `${fingerprint}\0${text}`, 'binary'));
      if (entry === count) {
        first![entry] = place;
        lengths![entry] = text.length;
      } else next[last![entry]!] = place;
      last![entry] = place;
    }
    return new TextIndex(keys, first!.slice(0, keys.count), next, lengths!.slice(0, keys.count));
  }

  get count(): number {
    return this.keys.count;
  }

  /** Where an entry stands first. */
  placeOf(entry: number): number {
    return this.first[entry]!;
  }

  /** All places of an entry, ascending. */
  eachPlace(entry: number, then: (place: number) => void): void {
    for (let place = this.first[entry]!; place >= 0; place = this.next[place]!) then(place);
  }

  /** Entries with the longest text first, equal lengths by key. */
  async longestFirst(entries: Iterable<number>): Promise<Uint32Array> {
    const out = Uint32Array.from(entries);
    const counts = new Map<number, number>();
    for (const entry of out) {
      const length = this.lengths[entry]!;
      counts.set(length, (counts.get(length) ?? 0) + 1);
    }
    const begins = new Map<number, number>();
    let begin = 0;
    for (const [length, count] of [...counts].sort((a, b) => b[0] - a[0])) {
      begins.set(length, begin);
      begin += count;
    }
    const sorted = new Uint32Array(out.length);
    for (const entry of out) {
      const length = this.lengths[entry]!;
      const at = begins.get(length)!;
      sorted[at] = entry;
      begins.set(length, at + 1);
    }
    let done = 0;
    for (const [length, end] of begins) {
      const count = counts.get(length)!;
      sorted.subarray(end - count, end).sort((a, b) => this.keys.compare(a, b));
      if ((done += count) < STRETCH) continue;
      done = 0;
      await breathe();
    }
    return sorted;
  }
}
