import { require } from '../errors/index.js';

/** Edges of one relation in any order: sources[i] -> destinations[i], catalogue rows. */
export interface EdgeList {
  readonly sources: Uint32Array;
  readonly destinations: Uint32Array;
  readonly counts?: Uint32Array | undefined;
  readonly scores?: Float32Array | undefined;
  readonly lastTimes?: Float64Array | undefined;
}

interface Csc {
  offsets: BigUint64Array;
  indices: Uint32Array;
  counts?: Uint32Array;
  scores?: Float32Array;
  lastTimes?: Float64Array;
}

/**
 * The edges listed by destination (rows `first` .. `last` - 1), sources ascending. An edge that is there more than
 * once becomes one, with the sums of its counts and scores and the latest of its times. O(edges + rows): two counting sorts.
 */
export function cscOf(edges: EdgeList, [first, last]: readonly [number, number], nodes: number): Csc {
  const { sources, destinations, counts, scores, lastTimes } = edges;
  check(sources, Uint32Array, 'sources');
  check(destinations, Uint32Array, 'destinations');
  if (counts !== undefined) check(counts, Uint32Array, 'counts');
  if (scores !== undefined) check(scores, Float32Array, 'scores');
  if (lastTimes !== undefined) check(lastTimes, Float64Array, 'lastTimes');
  const count = sources.length;
  for (const [name, array] of Object.entries({ destinations, counts, scores, lastTimes })) {
    require(array === undefined || array.length === count, 'ERR_SHAPE', () =>
      `${name}: ${array?.length} values for ${count} sources; want one per edge`);
  }
  for (let e = 0; e < count; e++) {
    const [source, destination] = [sources[e]!, destinations[e]!];
    require(source < nodes, 'ERR_RANGE', () =>
      `sources[${e}] is row ${source}, want below the graph's ${nodes} nodes`);
    require(destination >= first && destination < last, 'ERR_RANGE', () =>
      `destinations[${e}] is row ${destination}, want a row of the destination type, ${first} to ${last - 1}`);
  }
  const bySource = sorted(sources, 0, nodes);
  const order = sorted(destinations, first, last - first, bySource);

  const indices = new Uint32Array(count);
  const offsets = new BigUint64Array(last - first + 1);
  const kept: Csc = { offsets, indices };
  if (counts) kept.counts = new Uint32Array(count);
  if (scores) kept.scores = new Float32Array(count);
  if (lastTimes) kept.lastTimes = new Float64Array(count);
  let [at, row] = [0, first];
  for (let i = 0; i < count; i++) {
    const e = order[i]!;
    while (row < destinations[e]!) offsets[++row - first] = BigInt(at);
    const again = i > 0 && destinations[order[i - 1]!] === row && sources[order[i - 1]!] === sources[e];
    const to = again ? at - 1 : at++;
    indices[to] = sources[e]!;
    if (kept.counts) kept.counts[to] = again ? kept.counts[to]! + counts![e]! : counts![e]!;
    if (kept.scores) kept.scores[to] = again ? kept.scores[to]! + scores![e]! : scores![e]!;
    if (kept.lastTimes) {
      kept.lastTimes[to] = again ? Math.max(kept.lastTimes[to]!, lastTimes![e]!) : lastTimes![e]!;
    }
  }
  while (row < last) offsets[++row - first] = BigInt(at);
  if (at === count) return kept;
  return {
    offsets,
    indices: indices.slice(0, at),
    ...(kept.counts && { counts: kept.counts.slice(0, at) }),
    ...(kept.scores && { scores: kept.scores.slice(0, at) }),
    ...(kept.lastTimes && { lastTimes: kept.lastTimes.slice(0, at) }),
  };
}

/** A stable counting sort: edge numbers in the order of keys[e] - first (below `size`); ties as in `before`. */
function sorted(keys: Uint32Array, first: number, size: number, before?: Uint32Array): Uint32Array {
  const next = new Uint32Array(size + 1);
  for (let e = 0; e < keys.length; e++) next[keys[e]! - first + 1]!++;
  for (let k = 0; k < size; k++) next[k + 1]! += next[k]!;
  const order = new Uint32Array(keys.length);
  for (let i = 0; i < keys.length; i++) {
    const e = before ? before[i]! : i;
    order[next[keys[e]! - first]!++] = e;
  }
  return order;
}

function check(
  array: unknown,
  type: typeof Uint32Array | typeof Float32Array | typeof Float64Array,
  name: string,
) {
  require(array instanceof type, 'ERR_DTYPE', () => `${name}: want a ${type.name}, got ${kindOf(array)}`);
}
const kindOf = (value: unknown) => (value === null ? 'null' : (value?.constructor?.name ?? typeof value));
