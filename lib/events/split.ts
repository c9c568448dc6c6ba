import { require } from '../errors/index.js';
import type { EventLog } from './types.js';

/** Where the parts of a temporal split begin: train < validation <= ... < test <= ..., in seconds. */
export interface SplitTimes {
  readonly validation: number;
  readonly test: number;
}

/** A cut: a quantile of the event times in (0, 1), or a date (ISO 8601; UTC where it has no offset). */
export type Cut = number | string;

/**
 * The two cuts of a temporal split. Quantile q of n events is the time of event floor(q n) when they are
 * sorted by time; events at a cut's own time belong to the later part.
 * @throws CohearError ERR_CONFIG for a cut that is neither, or when both parts would not hold an event each
 */
export function splitTimes(log: EventLog, cuts: { validation: Cut; test: Cut }): SplitTimes {
  require(log.length > 0, 'ERR_VALUE', 'splitTimes: the log is empty');
  const sorted = log.time.slice().sort();
  const validation = cutTime('validation', cuts.validation, sorted);
  const test = cutTime('test', cuts.test, sorted);
  const last = sorted[sorted.length - 1]!;
  require(sorted[0]! < validation && validation < test && test <= last, 'ERR_CONFIG', () =>
    `split: want first event < validation < test <= last event, got ${[sorted[0]!, validation, test, last].map(iso).join(', ')}`);
  return { validation, test };
}

function cutTime(name: string, cut: Cut, sorted: Float64Array): number {
  if (typeof cut === 'number') {
    require(cut > 0 && cut < 1, 'ERR_CONFIG', () =>
      `split.${name}: want a quantile between 0 and 1 or a date, got ${cut}`);
    return sorted[Math.floor(cut * sorted.length)]!;
  }
  const form = /^\d{4}-\d{2}-\d{2}(?:([T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?)?$/.exec(
    cut,
  );
  const milliseconds = form ? Date.parse(form[1] && !form[2] ? `${cut}Z` : cut) : Number.NaN;
  require(!Number.isNaN(milliseconds), 'ERR_CONFIG', () =>
    `split.${name}: want a date such as 2014-01-25, got "${cut}"`);
  return milliseconds / 1000;
}

const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
