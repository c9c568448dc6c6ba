import { require } from '../errors/index.js';
import type { RelationArrays } from '../native/graph.js';
import { cscOf, type EdgeList } from './edge-list.js';
import { ItemGraph, requireGraph } from './item-graph.js';
import { typeOf } from './type-of.js';

type Values = Uint32Array | Float32Array | Float64Array;
/** A typed array's own class, given again: `array.constructor` has no type. */
type ValuesClass<T extends Values> = { new (length: number): T };

function pickValues<T extends Values>(type: ValuesClass<T>, from: T, places: readonly number[]): T {
  const out = new type(places.length);
  places.forEach((place, i) => {
    out[i] = from[place]!;
  });
  return out;
}

/** The edges at the given places. */
const pick = (edges: EdgeList, places: readonly number[]): EdgeList => ({
  sources: pickValues(Uint32Array, edges.sources, places),
  destinations: pickValues(Uint32Array, edges.destinations, places),
  counts: edges.counts && pickValues(Uint32Array, edges.counts, places),
  scores: edges.scores && pickValues(Float32Array, edges.scores, places),
  lastTimes: edges.lastTimes && pickValues(Float64Array, edges.lastTimes, places),
});

/** Every relation that the edges have, sorted by (source type, destination type). */
export function relationsOf(edges: EdgeList, typeOffsets: Uint32Array): RelationArrays[] {
  const nodes = typeOffsets.at(-1)!;
  const types = typeOffsets.length - 1;
  const places = new Map<number, number[]>();
  const { sources, destinations } = edges;
  require(sources.length === destinations.length, 'ERR_SHAPE', () =>
    `destinations: ${destinations.length} values for ${sources.length} sources; want one per edge`);
  for (let e = 0; e < sources.length; e++) {
    require(sources[e]! < nodes && destinations[e]! < nodes, 'ERR_RANGE', () =>
      `edge ${e} joins rows ${sources[e]} and ${destinations[e]}, want both below the catalogue's ${nodes} items`);
    const key = typeOf(typeOffsets, sources[e]!) * types + typeOf(typeOffsets, destinations[e]!);
    const list = places.get(key);
    if (list) list.push(e);
    else places.set(key, [e]);
  }
  return [...places].map(([key, list]) => {
    const [sourceType, destinationType] = [Math.floor(key / types), key % types];
    const range = [typeOffsets[destinationType]!, typeOffsets[destinationType + 1]!] as const;
    return { sourceType, destinationType, ...cscOf(pick(edges, list), range, nodes) };
  });
}

/**
 * A graph of the given edges; one that is there more than once becomes one, with the sums of its counts and scores
 * and the latest of its times. Give both directions of an undirected graph.
 * @throws CohearError ERR_RANGE for a row outside the catalogue, ERR_SHAPE or ERR_DTYPE for arrays that do not fit
 */
export function graphFromEdges(edges: EdgeList, catalogue: { readonly typeOffsets: Uint32Array }): ItemGraph {
  const { typeOffsets } = catalogue;
  return ItemGraph.from({ typeOffsets, relations: relationsOf(edges, typeOffsets) });
}

/**
 * The graph with more edges; where it has an edge already, its own stays as it is. New edges have a count of 0, a
 * score of 0 unless they bring one, and a time of 0 (always known) unless they bring one.
 * @throws CohearError ERR_RANGE, ERR_SHAPE, ERR_DTYPE as {@link graphFromEdges}
 */
export function addEdges(graph: ItemGraph, edges: EdgeList): ItemGraph {
  requireGraph(graph);
  const { typeOffsets } = graph;
  const nodes = graph.nodes;
  const added = new Map<string, RelationArrays>();
  for (const r of relationsOf(edges, typeOffsets)) added.set(`${r.sourceType} ${r.destinationType}`, r);
  const relations = graph.relations.map((_, i): RelationArrays => {
    const old = graph.relation(i);
    const key = `${old.sourceType} ${old.destinationType}`;
    const more = added.get(key);
    added.delete(key);
    return more ? merged(old, more, typeOffsets, nodes) : old;
  });
  return ItemGraph.from({
    typeOffsets,
    relations: [...relations, ...added.values()],
    itemUsers: graph.itemUsers,
    users: graph.users,
  });
}

function merged(
  old: RelationArrays,
  more: RelationArrays,
  typeOffsets: Uint32Array,
  nodes: number,
): RelationArrays {
  const first = typeOffsets[old.destinationType]!;
  const range = [first, typeOffsets[old.destinationType + 1]!] as const;
  const fresh: number[] = [];
  const destinations: number[] = [];
  for (let row = 0; row + 1 < old.offsets.length; row++) {
    const known = new Set(old.indices.subarray(Number(old.offsets[row]), Number(old.offsets[row + 1])));
    for (let e = Number(more.offsets[row]); e < Number(more.offsets[row + 1]); e++) {
      if (known.has(more.indices[e]!)) continue;
      fresh.push(e);
      destinations.push(first + row);
    }
  }
  const oldDestinations = new Uint32Array(old.indices.length);
  for (let row = 0; row + 1 < old.offsets.length; row++)
    oldDestinations.fill(first + row, Number(old.offsets[row]), Number(old.offsets[row + 1]));
  // An array that the relation lacks stays away, unless the relation is empty.
  const joined = <T extends Values>(
    type: ValuesClass<T>,
    from: T | undefined,
    bring: T | undefined,
  ): T | undefined => {
    if (!from && !(bring && old.indices.length === 0)) return undefined;
    const out = new type(old.indices.length + fresh.length);
    if (from) out.set(from);
    fresh.forEach((e, i) => {
      out[old.indices.length + i] = bring ? bring[e]! : 0;
    });
    return out;
  };
  const list: EdgeList = {
    sources: joined(Uint32Array, old.indices, more.indices)!,
    destinations: concat(oldDestinations, destinations),
    counts: joined(Uint32Array, old.counts, more.counts),
    scores: joined(Float32Array, old.scores, more.scores),
    lastTimes: joined(Float64Array, old.lastTimes, more.lastTimes),
  };
  const { sourceType, destinationType } = old;
  return { sourceType, destinationType, ...cscOf(list, range, nodes) };
}

function concat(a: Uint32Array, b: readonly number[]): Uint32Array {
  const out = new Uint32Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}
