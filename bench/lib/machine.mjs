import { addon, setThreads } from '../../dist/native/index.js';

const measured = new Map();

/**
 * {readBandwidth: bytes/s, randomReads: reads/s} of this machine at a number of threads, over a table of `bytes`:
 * 256 MiB, beyond every cache, unless what it is held against works on less. Measured once (0.3 s).
 */
export function machine(threads, bytes = 256 * 2 ** 20) {
  const key = `${threads} ${bytes}`;
  if (!measured.has(key)) {
    setThreads(threads);
    measured.set(key, addon.probe(bytes, 3));
  }
  return measured.get(key);
}
