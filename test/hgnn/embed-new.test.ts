import { expect, test } from 'vitest';
import { matrix, row } from '../../lib/artifacts/index.js';
import { graphFromEdges } from '../../lib/graph/index.js';
import { embedCatalogue, embedNew, Hgnn } from '../../lib/hgnn/index.js';
import { uniform } from '../../lib/random/index.js';
import { codeOf } from '../code-of.js';

const WIDTH = 5;
const NODES = 50;
const TYPES = [1, 0, 1]; // of the new nodes
/** Where a node of the graph, or a new one behind them, stands in a catalogue that has the new ones: last of their type. */
const placeOf = (node: number) => {
  if (node < 30) return node;
  if (node < NODES) return node + 1;
  return [51, 30, 52][node - NODES]!;
};
const numbers = (seed: number, count: number) =>
  Float32Array.from({ length: count }, (_, i) => uniform(seed, i));
const draw = (seed: number) => Uint32Array.from(numbers(seed, 120), (u) => Math.floor(u * NODES));
const known = {
  sources: draw(1),
  destinations: draw(2),
  scores: numbers(3, 120).map((u) => u + 0.1),
};
const added = { sources: Uint32Array.of(3, 40, 45, 7, 12), destinations: Uint32Array.of(0, 0, 0, 1, 1) };
const scores = Float32Array.of(1, 2, 0.5, 1, 3);
const features = matrix(NODES, WIDTH, numbers(4, NODES * WIDTH));
const newFeatures = matrix(3, WIDTH, numbers(5, 3 * WIDTH));
const catalogue = { typeOffsets: Uint32Array.of(0, 30, 50) };
const relations = [0, 1].flatMap((sourceType) =>
  [0, 1].map((destinationType) => ({ sourceType, destinationType })),
);

test.each([
  [1, 'max'],
  [2, 'max'],
  [3, 'mean'],
  [2, 'weighted-mean'],
] as const)(
  '%i layers of %s: a new node is embedded as if it were in the graph',
  async (layers, aggregator) => {
    const widths = [WIDTH, 8, 7, 6].slice(0, layers + 1);
    const model = new Hgnn({ types: ['a', 'b'], relations, widths, aggregator }, 9);
    using graph = graphFromEdges(known, catalogue);
    const got = await embedNew(model, graph, features, {
      types: TYPES,
      features: newFeatures,
      edges: { ...added, scores },
    });

    const whole = matrix(NODES + 3, WIDTH);
    for (let node = 0; node < NODES + 3; node++)
      whole.data.set(
        node < NODES ? row(features, node) : row(newFeatures, node - NODES),
        placeOf(node) * WIDTH,
      );
    using larger = graphFromEdges(
      {
        sources: Uint32Array.from([...known.sources, ...added.sources], placeOf),
        destinations: Uint32Array.from(
          [...known.destinations, ...added.destinations.map((i) => i + NODES)],
          placeOf,
        ),
        scores: Float32Array.from([...known.scores, ...scores]),
      },
      { typeOffsets: Uint32Array.of(0, 31, 53) },
    );
    const want = await embedCatalogue(model, larger, whole);
    for (let i = 0; i < 3; i++)
      row(got, i).forEach((value, d) => {
        expect(value).toBeCloseTo(row(want, placeOf(NODES + i))[d]!, 5);
      });
    model.dispose();
  },
);

test('refuses nodes and edges that do not fit', async () => {
  const model = new Hgnn({ types: ['a', 'b'], relations, widths: [WIDTH, 4] }, 9);
  using graph = graphFromEdges(known, catalogue);
  const none = { sources: new Uint32Array(0), destinations: new Uint32Array(0) };
  const embed =
    (types: number[], edges = none, width = WIDTH) =>
    () =>
      embedNew(model, graph, features, { types, features: matrix(1, width), edges });
  expect(await codeOf(embed([0, 1]))).toBe('ERR_SHAPE');
  expect(await codeOf(embed([0], none, 3))).toBe('ERR_SHAPE');
  expect(await codeOf(embed([2]))).toBe('ERR_RANGE');
  for (const [source, destination] of [
    [NODES, 0],
    [0, 1],
  ] as const)
    expect(
      await codeOf(
        embed([0], { sources: Uint32Array.of(source), destinations: Uint32Array.of(destination) }),
      ),
    ).toBe('ERR_RANGE');
  model.dispose();
});
