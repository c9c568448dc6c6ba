import fc from 'fast-check';
import type { GraphHistories, ItemGraph } from '../../lib/graph/index.js';

/** Per user (item, time) events in time order. */
export type Events = readonly (readonly [item: number, time: number])[][];

export function histories(users: Events): GraphHistories {
  const events = users.flat();
  const offsets = new BigUint64Array(users.length + 1);
  users.forEach((list, u) => {
    offsets[u + 1] = offsets[u]! + BigInt(list.length);
  });
  return {
    offsets,
    item: Uint32Array.from(events, ([item]) => item),
    time: Float64Array.from(events, ([, time]) => time),
  };
}

/** "i<-j" to [shared users, last time], by the definition. */
export function plainPairs(users: Events, maxHistory = 0): Map<string, [number, number]> {
  const pairs = new Map<string, [number, number]>();
  for (const list of users) {
    const latest = new Map<number, number>();
    for (const [item, time] of [...list].reverse()) {
      if (maxHistory > 0 && latest.size === maxHistory) break;
      if (!latest.has(item)) latest.set(item, time);
    }
    for (const [i, a] of latest) {
      for (const [j, b] of latest) {
        if (i === j) continue;
        const [count, last] = pairs.get(`${i}<-${j}`) ?? [0, -Infinity];
        pairs.set(`${i}<-${j}`, [count + 1, Math.max(last, a, b)]);
      }
    }
  }
  return pairs;
}

/** "destination<-source" to what value says of the edge. */
export function edgesOf<T>(
  graph: ItemGraph,
  value: (relation: ReturnType<ItemGraph['relation']>, edge: number) => T,
): Map<string, T> {
  const edges = new Map<string, T>();
  graph.relations.forEach(({ destinationType }, r) => {
    const relation = graph.relation(r);
    for (let row = 0; row + 1 < relation.offsets.length; row++) {
      for (let e = Number(relation.offsets[row]); e < Number(relation.offsets[row + 1]); e++) {
        edges.set(`${graph.typeOffsets[destinationType]! + row}<-${relation.indices[e]}`, value(relation, e));
      }
    }
  });
  return edges;
}

/** Histories of a few users over `items` items, with repeats and equal times. */
export const someEvents = (items: number): fc.Arbitrary<Events> =>
  fc
    .array(fc.array(fc.tuple(fc.nat(items - 1), fc.nat(20)), { maxLength: 8 }), { maxLength: 12 })
    .map((users) => users.map((list) => list.sort((a, b) => a[1] - b[1])));
