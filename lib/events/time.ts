import { require } from '../errors/index.js';
import type { Column } from './source.js';

const NUMBER = /^(U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL.*)$/;

/**
 * Seconds since 1970 of a number whose unit its size tells: |x| < 1e11 seconds (until the year 5138),
 * < 1e14 milliseconds, < 1e17 microseconds, else nanoseconds. So milliseconds before March 1973 read as
 * seconds: give those as an expression, e.g. "ts / 1000".
 */
const fromNumber = (x: string) =>
  `CASE WHEN NOT isfinite(${x}) THEN NULL WHEN abs(${x}) < 1e11 THEN ${x} WHEN abs(${x}) < 1e14 THEN ${x} / 1e3 ` +
  `WHEN abs(${x}) < 1e17 THEN ${x} / 1e6 ELSE ${x} / 1e9 END`;

/**
 * SQL for the seconds since 1970 UTC of a time column, as DOUBLE: null where the value is null or is not a
 * time. Text is a number or ISO 8601, UTC where it has no offset.
 * @throws CohearError ERR_CONFIG when the column's type holds no time
 */
export function secondsSql(field: string, { sql, type }: Column): string {
  if (/^(TIMESTAMP|DATE)/.test(type)) return `epoch(${sql})`; // null for infinite ones
  if (NUMBER.test(type)) return fromNumber(`CAST(${sql} AS DOUBLE)`);
  require(type === 'VARCHAR', 'ERR_CONFIG', () =>
    `${field}: want a timestamp, a date, a number or text, got ${type}; convert it in the expression`);
  const trimmed = `trim(${sql})`;
  const number = `TRY_CAST(${trimmed} AS DOUBLE)`;
  return `CASE WHEN ${number} IS NOT NULL THEN ${fromNumber(number)} ELSE epoch(TRY_CAST(${trimmed} AS TIMESTAMPTZ)) END`;
}
