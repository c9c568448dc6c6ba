import { cpus, release, totalmem } from 'node:os';
import { addon, setThreads, simd } from '../../dist/native/index.js';

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

/** What was measured on: the kind of machine, not its name. */
export function header() {
  const model = cpus()[0]?.model.trim() ?? 'unknown CPU';
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${model} (${simd()}), ${cpus().length} CPUs, ${memory}, ${process.platform} ${release()}, Node ${process.version}`;
}
