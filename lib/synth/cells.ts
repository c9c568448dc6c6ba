import { COMMUNITIES, FRESH_DAYS, SECOND_TOPIC } from './calibration.js';
import { type Items, NONE, typeOf } from './items.js';
import { TOPICS } from './vocabulary.js';

const CELLS = 2 * TOPICS.length * COMMUNITIES;

/** The first cell of (type, topic); its communities are the next {@link COMMUNITIES} cells. */
export const firstCell = (type: number, topic: number): number =>
  (type * TOPICS.length + topic) * COMMUNITIES;

/**
 * Items in cells of (type, topic, community) with cumulative weights, so that one binary search draws from a
 * cell, or from a topic's whole range of cells. An item with a second topic lies in two cells.
 */
export class CellTable {
  private readonly offsets = new Uint32Array(CELLS + 1);
  private readonly item: Uint32Array;
  /** Sum of the weights before each entry; one longer than `item`. */
  private readonly before: Float64Array;

  constructor(items: Items, members: Uint32Array) {
    const { offsets } = this;
    const cellsOf = (item: number): [number, number] => {
      const type = typeOf(items, item);
      const community = items.community[item]!;
      const second = items.second[item]!;
      return [
        firstCell(type, items.topic[item]!) + community,
        second === NONE ? -1 : firstCell(type, second) + community,
      ];
    };
    for (const item of members) for (const cell of cellsOf(item)) if (cell >= 0) offsets[cell + 1]!++;
    for (let cell = 0; cell < CELLS; cell++) offsets[cell + 1]! += offsets[cell]!;
    const entries = offsets[CELLS]!;
    this.item = new Uint32Array(entries);
    const weight = new Float64Array(entries);
    const next = offsets.slice();
    for (const item of members) {
      const [own, second] = cellsOf(item);
      const shared = second >= 0 ? SECOND_TOPIC.weight : 0;
      const put = (cell: number, share: number) => {
        const at = next[cell]!++;
        this.item[at] = item;
        weight[at] = share * items.weight[item]!;
      };
      put(own, 1 - shared);
      if (second >= 0) put(second, shared);
    }
    this.before = new Float64Array(entries + 1);
    for (let i = 0; i < entries; i++) this.before[i + 1] = this.before[i]! + weight[i]!;
  }

  /** An item of cells [from, to) by weight, for u in [0, 1); -1 when they are empty. */
  pick(from: number, to: number, u: number): number {
    let low = this.offsets[from]!;
    const end = this.offsets[to]!;
    if (low === end) return -1;
    const { before } = this;
    const target = before[low]! + u * (before[end]! - before[low]!);
    let high = end - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (before[middle]! <= target) low = middle;
      else high = middle - 1;
    }
    return this.item[low]!;
  }
}

/** The whole catalogue, and for each week of the log the items released lately. */
export interface Cells {
  readonly all: CellTable;
  /** Week w: items released in the {@link FRESH_DAYS} days before the week's end. */
  readonly fresh: readonly CellTable[];
}

export function buildCells(items: Items, days: number): Cells {
  const all = Uint32Array.from({ length: items.size }, (_, i) => i);
  const released = all.filter((item) => items.released[item]! >= 0);
  const fresh = Array.from({ length: Math.ceil(days / 7) }, (_, week) => {
    const end = 7 * (week + 1);
    const members = released.filter(
      (i) => items.released[i]! < end && items.released[i]! >= end - FRESH_DAYS,
    );
    return new CellTable(items, members);
  });
  return { all: new CellTable(items, all), fresh };
}
