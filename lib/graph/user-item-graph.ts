import type { Histories } from '../events/types.js';
import type { RelationArrays } from '../native/graph.js';
import { ItemGraph } from './item-graph.js';

/**
 * The graph with users as nodes: a user and an item are joined, in both directions, when the user's history holds the
 * item; items are joined with nobody else. Nodes are the catalogue's rows, then the users: with the items' types it is
 * tripartite for two types of items and their users.
 * @param history what joins: strong events before a cut; an item that the user came back to counts once
 * @returns node items + u is user u; the last type is the users'
 */
export function userItemGraph(
  { users, offsets, item }: Histories,
  { typeOffsets }: { readonly typeOffsets: Uint32Array },
): ItemGraph {
  const types = typeOffsets.length - 1;
  const items = typeOffsets[types]!;
  const relations: RelationArrays[] = [];
  const distinct = Array.from({ length: users }, (_, u) =>
    Uint32Array.from(new Set(item.subarray(Number(offsets[u]), Number(offsets[u + 1])))).sort(),
  );
  for (let t = 0; t < types; t++) {
    const [begin, end] = [typeOffsets[t]!, typeOffsets[t + 1]!];
    const own = distinct.map((list) => list.subarray(placeOf(list, begin), placeOf(list, end)));
    const toUsers = new BigUint64Array(users + 1);
    const toItems = new BigUint64Array(end - begin + 1);
    own.forEach((list, u) => {
      toUsers[u + 1] = toUsers[u]! + BigInt(list.length);
      for (const i of list) toItems[i - begin + 1]!++;
    });
    for (let i = 0; i < end - begin; i++) toItems[i + 1]! += toItems[i]!;
    const edges = Number(toUsers[users]);
    const sources = new Uint32Array(edges);
    const takers = new Uint32Array(edges);
    const next = Float64Array.from(toItems, Number);
    let at = 0;
    own.forEach((list, u) => {
      sources.set(list, at);
      at += list.length;
      for (const i of list) takers[next[i - begin]!++] = items + u;
    });
    relations.push(
      { sourceType: t, destinationType: types, offsets: toUsers, indices: sources },
      { sourceType: types, destinationType: t, offsets: toItems, indices: takers },
    );
  }
  return ItemGraph.from({ typeOffsets: Uint32Array.of(...typeOffsets, items + users), relations });
}

/** Position of the first row at or after `row` in an ascending list. */
function placeOf(list: Uint32Array, row: number): number {
  let [from, to] = [0, list.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (list[middle]! < row) from = middle + 1;
    else to = middle;
  }
  return from;
}
