import { require } from '../errors/index.js';
import type { GraphHandle } from '../native/graph.js';
import type { Fanout, GraphSource } from './types.js';

/** The native handle of a graph argument; what is no handle is refused by the native side. */
export function handleOf(graph: GraphSource): GraphHandle {
  return graph instanceof Object && 'handle' in graph ? graph.handle : graph;
}

const LARGEST = 2 ** 31 - 1;

/** Fan-outs as the native side takes them. Their number per hop is checked there, where the graph is known. */
export function readFanouts(fanouts: readonly Fanout[]): Int32Array[] {
  require(Array.isArray(fanouts), 'ERR_DTYPE', 'fanouts: want a list with one entry per hop, e.g. [15, 10]');
  return fanouts.map((fanout, hop) => {
    const list: readonly number[] = Array.isArray(fanout) ? fanout : [fanout];
    for (const value of list) {
      // Checked here, because writing to an Int32Array would wrap or truncate without a word.
      require(typeof value === 'number', 'ERR_DTYPE', () =>
        `fanouts[${hop}]: want whole numbers, got ${typeof value}`);
      require(Number.isInteger(value) && value >= -1 && value <= LARGEST, 'ERR_RANGE', () =>
        `fanouts[${hop}]: want a whole number of 0 or more, or -1 for all neighbours, got ${value}`);
    }
    return Int32Array.from(list);
  });
}
