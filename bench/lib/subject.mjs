// What every subject of `npm run bench` shares: its arguments, its clock, its lines.
import { parseArgs } from 'node:util';
import { threads as poolThreads, setThreads } from '../../dist/native/index.js';

/** --threads 1,2 (1 and all unless given) --seconds 0.5 (per case), and positional arguments: cases to run. */
export function subjectArguments(extra = {}) {
  const all = poolThreads();
  const { values, positionals } = parseArgs({
    options: {
      threads: { type: 'string', default: all > 1 ? `1,${all}` : '1' },
      seconds: { type: 'string', default: '1' },
      ...extra,
    },
    allowPositionals: true,
  });
  return {
    ...values,
    cases: positionals,
    threads: values.threads.split(',').map(Number),
    seconds: Number(values.seconds),
  };
}

/** One figure, as one JSON line of the form that the peers print. */
export function emit(name, metric, value, unit, threads, more = {}) {
  const rounded = Number(value.toPrecision(5));
  console.log(JSON.stringify({ peer: 'cohear', case: name, metric, value: rounded, unit, threads, ...more }));
}

/**
 * Runs `call(pass)` once to warm up, then at least five times and until `seconds` have gone by (100 runs at most).
 * A call may give the amount of work that it did.
 * @returns seconds of each run, and the mean amount of work
 */
export async function times(call, seconds = 1) {
  await call(0);
  const took = [];
  let work = 0;
  const begun = performance.now();
  while (took.length < 5 || (took.length < 100 && performance.now() - begun < seconds * 1000)) {
    const start = performance.now();
    const done = await call(took.length + 1);
    took.push((performance.now() - start) / 1000);
    work += done ?? 0;
  }
  return { seconds: took, work: work / took.length };
}

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

/**
 * Measures `call` at a number of threads and prints its lines: median and least time and, where work is counted
 * in `unit`, the rate at the median. `limit` is the rate that the machine could reach, where it is known.
 */
export async function measure(name, threads, call, { seconds, unit, limit } = {}) {
  setThreads(threads);
  const got = await times(call, seconds);
  const runs = got.seconds.length;
  emit(name, 'time_median', median(got.seconds) * 1e3, 'ms', threads, { runs });
  emit(name, 'time_min', Math.min(...got.seconds) * 1e3, 'ms', threads, { runs });
  if (unit) {
    const rate = got.work / median(got.seconds);
    emit(name, 'rate_median', rate, unit, threads, { runs, ...(limit && { limit, of_limit: rate / limit }) });
  }
}
