import { require } from '../errors/index.js';
import type { EventLog, Histories } from './types.js';

export interface HistoriesOptions {
  /** Only events earlier than this (exclusive), seconds. */
  readonly before?: number;
  /** Only events at or after this (inclusive), seconds. */
  readonly after?: number;
  /** Only events of strong kinds. */
  readonly strongOnly?: boolean;
}

/**
 * Each user's events in time order, as CSR over `users` rows.
 * @param users how many users there are; those without events have an empty row
 * @throws CohearError ERR_RANGE when the log holds a user row of `users` or more, ERR_VALUE for a NaN bound
 */
export function histories(log: EventLog, users: number, options: HistoriesOptions = {}): Histories {
  const { before = Number.POSITIVE_INFINITY, after = Number.NEGATIVE_INFINITY, strongOnly = false } = options;
  require(!Number.isNaN(before) && !Number.isNaN(after), 'ERR_VALUE', 'histories: a time bound is NaN');
  const last = log.length > 0 ? log.user[log.length - 1]! : -1;
  require(last < users, 'ERR_RANGE', () =>
    `histories: the log has user row ${last}, want rows below ${users}`);
  const wanted = log.kinds.map(({ strong }) => strong || !strongOnly);
  const keep = (i: number) => log.time[i]! >= after && log.time[i]! < before && wanted[log.kind[i]!]!;
  let count = 0;
  for (let i = 0; i < log.length; i++) if (keep(i)) count++;
  const offsets = new BigUint64Array(users + 1);
  const item = new Uint32Array(count);
  const kind = new Uint8Array(count);
  const time = new Float64Array(count);
  let n = 0;
  let i = 0;
  for (let user = 0; user < users; user++) {
    for (; i < log.length && log.user[i] === user; i++) {
      if (!keep(i)) continue;
      item[n] = log.item[i]!;
      kind[n] = log.kind[i]!;
      time[n++] = log.time[i]!;
    }
    offsets[user + 1] = BigInt(n);
  }
  require(i === log.length, 'ERR_VALUE', 'histories: the log is not sorted by user');
  return { users, offsets, item, kind, time };
}
