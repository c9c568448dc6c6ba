import { type Matrix, matrix } from '../artifacts/index.js';
import type { EventLog } from '../events/index.js';

const DAY = 86_400;

/** When each item was interacted with: item i at times[offsets[i] .. offsets[i + 1]), ascending. */
export interface ItemTimes {
  readonly offsets: Float64Array;
  readonly times: Float64Array;
}

/** Times of the events of one strength, by item. */
export function itemTimes(log: EventLog, items: number, strong: boolean): ItemTimes {
  const wanted = log.kinds.map((kind) => kind.strong === strong);
  const offsets = new Float64Array(items + 1);
  for (let e = 0; e < log.length; e++) if (wanted[log.kind[e]!]) offsets[log.item[e]! + 1]!++;
  for (let i = 0; i < items; i++) offsets[i + 1]! += offsets[i]!;
  const next = offsets.slice(0, items);
  const times = new Float64Array(offsets[items]!);
  for (let e = 0; e < log.length; e++) if (wanted[log.kind[e]!]) times[next[log.item[e]!]!++] = log.time[e]!;
  for (let i = 0; i < items; i++) times.subarray(offsets[i]!, offsets[i + 1]!).sort();
  return { offsets, times };
}

/** Times of the strong events and of the weak ones, of those strengths that the log's kinds have. */
export const timesByStrength = (log: EventLog, items: number): ItemTimes[] =>
  [true, false]
    .filter((strong) => log.kinds.some((kind) => kind.strong === strong))
    .map((strong) => itemTimes(log, items, strong));

/** Position of the first time at or after `time` in times[from .. to). */
export function firstAtOrAfter(times: Float64Array, time: number, from: number, to: number): number {
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (times[middle]! < time) from = middle + 1;
    else to = middle;
  }
  return from;
}

/**
 * What is known of every item's life just before `cut`; nothing at or after it is read. Per kind of event
 * (strong; weak where there are any), columns:
 *
 *     log(1 + events in [cut − w, cut)) for each window w;  log(1 + all events before cut);
 *     log(1 + days since the first event), log(1 + days since the last), 1 if it has any
 *
 * @param windows days
 * @returns [items, sources.length × (windows.length + 4)]
 */
export function itemStatistics(
  sources: readonly ItemTimes[],
  cut: number,
  windows: readonly number[],
): Matrix {
  const items = sources[0]!.offsets.length - 1;
  const width = windows.length + 4;
  const out = matrix(items, sources.length * width);
  sources.forEach(({ offsets, times }, s) => {
    for (let i = 0; i < items; i++) {
      const begin = offsets[i]!;
      const end = firstAtOrAfter(times, cut, begin, offsets[i + 1]!);
      if (end === begin) continue;
      const at = i * out.cols + s * width;
      windows.forEach((days, w) => {
        out.data[at + w] = Math.log1p(end - firstAtOrAfter(times, cut - days * DAY, begin, end));
      });
      out.data[at + windows.length] = Math.log1p(end - begin);
      out.data[at + windows.length + 1] = Math.log1p((cut - times[begin]!) / DAY);
      out.data[at + windows.length + 2] = Math.log1p((cut - times[end - 1]!) / DAY);
      out.data[at + windows.length + 3] = 1;
    }
  });
  return out;
}
