import { expect, test } from 'vitest';
import { matrix } from '../../lib/artifacts/index.js';
import { ItemGraph } from '../../lib/graph/index.js';
import { messageGraph } from '../../lib/hgnn/index.js';
import { derive } from '../../lib/random/index.js';
import { importanceNeighborsSync } from '../../lib/sampler/index.js';
import { edgesOf } from '../graph/plain.js';
import { graphOf } from '../sampler/graphs.js';

const NONE = { walks: null, textNeighbours: null, seed: 3 };
// 0, 1, 2 of the first type, 3 and 4 of the second; 0-1-3 are a path, 2 and 4 are alone.
const graph = new ItemGraph(
  graphOf(
    [0, 3, 5],
    [
      [0, 1],
      [1, 3],
    ],
  ),
);
const text = matrix(5, 2, Float32Array.of(1, 0, 0, 1, 1, 0.1, 1, 0.2, -1, 0));

test('without options it is the graph itself', async () => {
  expect(await messageGraph(graph, text, NONE)).toBe(graph);
});

test('items without edges receive from their nearest by text, and send nothing', async () => {
  const messages = await messageGraph(graph, text, {
    ...NONE,
    textNeighbours: { k: 1, below: 1, minCosine: 0.5 },
  });
  const edges = edgesOf(messages, () => true);
  // 2 is near 0 and, of the second type, 3; 4 points away from all.
  expect([...edges.keys()].sort()).toEqual(['0<-1', '1<-0', '1<-3', '2<-0', '2<-3', '3<-1']);
});

test('walks: messages come from what walks visit, the visits being the scores', async () => {
  const walks = { walks: 40, length: 3, restart: 0.2, top: 2 };
  const messages = await messageGraph(graph, text, { ...NONE, walks });
  const found = edgesOf(messages, ({ scores }, e) => scores![e]);
  expect(found.has('0<-3')).toBe(true); // two hops away
  expect(found.has('2<-0')).toBe(false);
  const seeds = Uint32Array.from({ length: 5 }, (_, i) => i);
  const visited = importanceNeighborsSync(graph, seeds, { ...walks, seed: derive(3, 'hgnn walks') });
  const wanted = new Map<string, number>();
  for (const { offsets, nodes, visits } of visited)
    for (const v of seeds)
      for (let e = Number(offsets[v]); e < Number(offsets[v + 1]); e++)
        wanted.set(`${v}<-${nodes[e]}`, visits[e]!);
  expect(found).toEqual(wanted);
  const again = await messageGraph(graph, text, { ...NONE, walks });
  expect(edgesOf(again, ({ scores }, e) => scores![e])).toEqual(found);
});
