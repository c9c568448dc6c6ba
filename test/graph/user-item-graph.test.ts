import fc from 'fast-check';
import { expect, test } from 'vitest';
import { userItemGraph } from '../../lib/graph/index.js';
import { edgesOf, histories, someEvents } from './plain.js';

const historyOf = (users: Parameters<typeof histories>[0]) => {
  const { offsets, item, time } = histories(users);
  return { users: users.length, offsets, item, time, kind: new Uint8Array(item.length) };
};

test('three users and two types, by hand', () => {
  // Items 0 and 1 of the first type, 2 of the second; users are the nodes 3, 4 and 5.
  const graph = userItemGraph(
    historyOf([
      [
        [2, 1],
        [0, 2],
        [2, 3], // came back: one edge
      ],
      [],
      [
        [1, 1],
        [2, 1],
      ],
    ]),
    { typeOffsets: Uint32Array.of(0, 2, 3) },
  );
  expect(Array.from(graph.typeOffsets)).toEqual([0, 2, 3, 6]);
  expect([...edgesOf(graph, () => true).keys()].sort()).toEqual(
    ['0<-3', '1<-5', '2<-3', '2<-5', '3<-0', '3<-2', '5<-1', '5<-2'].sort(),
  );
  expect(graph.relations.map((r) => `${r.sourceType}>${r.destinationType}`)).toEqual([
    '0>2',
    '1>2',
    '2>0',
    '2>1',
  ]);
});

test('joins exactly the users and items of the histories, both ways', () => {
  fc.assert(
    fc.property(someEvents(9), (users) => {
      const graph = userItemGraph(historyOf(users), { typeOffsets: Uint32Array.of(0, 4, 4, 9) });
      const wanted = new Set<string>();
      users.forEach((list, u) => {
        for (const [item] of list) {
          wanted.add(`${item}<-${9 + u}`);
          wanted.add(`${9 + u}<-${item}`);
        }
      });
      expect(new Set(edgesOf(graph, () => true).keys())).toEqual(wanted);
      expect(graph.edges).toBe(wanted.size);
    }),
  );
});
