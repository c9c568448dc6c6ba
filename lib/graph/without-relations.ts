import { require } from '../errors/index.js';
import { ItemGraph } from './item-graph.js';

/**
 * A copy of a graph without the edges between some pairs of item types, in both directions.
 * @param pairs indices of types
 * @throws CohearError ERR_RANGE for a type that the graph does not have
 */
export function withoutRelations(graph: ItemGraph, pairs: readonly (readonly [number, number])[]): ItemGraph {
  for (const pair of pairs)
    for (const type of pair)
      require(Number.isInteger(type) && type >= 0 && type < graph.types, 'ERR_RANGE', () =>
        `withoutRelations: want types 0 to ${graph.types - 1}, got ${type}`);
  const gone = (a: number, b: number) => pairs.some(([x, y]) => (x === a && y === b) || (x === b && y === a));
  return ItemGraph.from({
    typeOffsets: graph.typeOffsets,
    relations: graph.relations.flatMap(({ sourceType, destinationType }, i) =>
      gone(sourceType, destinationType) ? [] : [graph.relation(i)],
    ),
    itemUsers: graph.itemUsers,
    users: graph.users,
  });
}
