import { expect, test } from 'vitest';
import { graphFromEdges, withoutRelations } from '../../lib/graph/index.js';

const graph = () =>
  graphFromEdges(
    { sources: Uint32Array.of(0, 1, 2, 3, 0, 2), destinations: Uint32Array.of(1, 0, 3, 2, 2, 0) },
    { typeOffsets: Uint32Array.of(0, 2, 4) },
  );

test('takes the edges of a pair of types away, in both directions, and leaves the others as they are', () => {
  using whole = graph();
  using apart = withoutRelations(whole, [[1, 0]]);
  expect(apart.relations.map(({ sourceType: a, destinationType: b, edges }) => [a, b, edges])).toEqual([
    [0, 0, 2],
    [1, 1, 2],
  ]);
  expect(apart.relation(1)).toEqual(whole.relation(3));
  expect(apart.nodes).toBe(4);
  using one = withoutRelations(whole, [[0, 0]]);
  expect(one.relations).toHaveLength(3);
  using none = withoutRelations(whole, []);
  expect(none.edges).toBe(whole.edges);
});

test.each([[[[0, 2]]], [[[-1, 0]]], [[[0.5, 0]]]])('refuses %j', (pairs) => {
  using whole = graph();
  expect(() => withoutRelations(whole, pairs as never)).toThrow(/want types 0 to 1/);
});
