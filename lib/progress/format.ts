/** A duration for people: "0.4 s", "12 s", "3 min 20 s", "2 h 05 min". */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 119.5) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(Math.round(seconds) / 60);
  if (minutes < 60) return `${minutes} min ${String(Math.round(seconds) % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** A count or rate for people, three digits or so: "7.25", "310", "12.4k", "3.1M". */
export function formatCount(exact: number): string {
  const value = Number(exact.toPrecision(9)); // a rate of 50 that rounding has made 49.999999999
  const size = Math.abs(value);
  for (const [limit, scale, suffix] of [
    [999_950_000, 1e9, 'G'],
    [999_950, 1e6, 'M'],
    [9_999.5, 1e3, 'k'],
  ] as const) {
    if (size >= limit) return `${(value / scale).toFixed(1)}${suffix}`;
  }
  if (Number.isInteger(value) || size >= 100) return String(Math.round(value));
  return value.toFixed(size >= 10 ? 1 : 2);
}

/** A number of bytes for people, in powers of 1024: "512 B", "1.5 MiB". */
export function formatBytes(bytes: number): string {
  let value = bytes;
  for (const unit of ['B', 'KiB', 'MiB', 'GiB']) {
    if (value < 1023.95) return unit === 'B' ? `${value} B` : `${value.toFixed(1)} ${unit}`;
    value /= 1024;
  }
  return `${value.toFixed(1)} TiB`;
}
