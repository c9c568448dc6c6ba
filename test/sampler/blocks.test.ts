import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { setThreads, threads } from '../../lib/native/index.js';
import { type SampleOptions, sampleBlocks, sampleBlocksSync } from '../../lib/sampler/index.js';
import { codeOf, detached, graphOf, randomPairs } from './graphs.js';

const before = threads();
afterAll(() => setThreads(before));

// Rows 0-3 and 4-6; 3 and 6 have no neighbours.
const byHand = () =>
  graphOf(
    [0, 4, 7],
    [
      [0, 1],
      [1, 2],
      [1, 4],
      [2, 5],
      [4, 5],
    ],
  );

describe('sampleBlocks', () => {
  it('takes whole neighbourhoods, by hand', async () => {
    const out = await sampleBlocks(byHand(), Uint32Array.of(5, 0, 5), { fanouts: [-1], seed: 1 });
    expect(out).toEqual({
      nodes: [Uint32Array.of(0, 1, 2), Uint32Array.of(5, 4)],
      counts: [Uint32Array.of(1, 1), Uint32Array.of(3, 2)],
      blocks: [
        [
          { offsets: BigUint64Array.of(0n, 1n), indices: Uint32Array.of(1) },
          { offsets: BigUint64Array.of(0n, 1n), indices: Uint32Array.of(2) },
          { offsets: BigUint64Array.of(0n, 0n), indices: new Uint32Array() },
          { offsets: BigUint64Array.of(0n, 1n), indices: Uint32Array.of(1) },
        ],
      ],
      seedPositions: Uint32Array.of(1, 0, 1),
    });
  });

  it('goes around a ring one step a hop', () => {
    const ring = graphOf(
      [0, 10],
      Array.from({ length: 10 }, (_, i) => [i, (i + 1) % 10] as const),
    );
    const out = sampleBlocksSync(ring, Uint32Array.of(0), { fanouts: [2, 2, 2], seed: 1 });
    expect(out.nodes[0]).toEqual(Uint32Array.of(0, 1, 9, 2, 8, 3, 7));
    expect(out.counts.map((c) => c[0])).toEqual([1, 3, 5, 7]);
  });

  it('leaves excluded pairs out and takes a fan-out per relation', () => {
    const out = sampleBlocksSync(byHand(), Uint32Array.of(1), {
      fanouts: [[5, 0, 5, 0]],
      seed: 1,
      exclude: { anchors: Uint32Array.of(2, 4), positives: Uint32Array.of(1, 1) },
    });
    expect(out.nodes).toEqual([Uint32Array.of(1, 0), new Uint32Array()]);
  });

  it('draws true neighbours, each once, as many as it should, the same at any number of threads', () => {
    const pairs = randomPairs(300, 0.06, 2);
    const graph = graphOf([0, 90, 300], pairs);
    const edges = new Set(pairs.flatMap(([u, v]) => [`${u},${v}`, `${v},${u}`]));
    const property = fc.property(
      fc.array(fc.nat(299), { maxLength: 40 }),
      fc.array(fc.integer({ min: -1, max: 12 }), { minLength: 1, maxLength: 3 }),
      fc.nat(),
      fc.nat(100),
      (seeds, fanouts, seed, step) => {
        const options: SampleOptions = { fanouts, seed, step };
        setThreads(1);
        const out = sampleBlocksSync(graph, Uint32Array.from(seeds), options);
        setThreads(2);
        expect(sampleBlocksSync(graph, Uint32Array.from(seeds), options)).toEqual(out);
        const starts = out.nodes.flatMap((nodes, t) => [...nodes.subarray(0, out.counts[0]![t])]);
        expect([...out.seedPositions].map((p) => starts[p])).toEqual(seeds);
        for (const nodes of out.nodes) expect(new Set(nodes).size).toBe(nodes.length);
        out.blocks.forEach((relations, hop) => {
          relations.forEach(({ offsets, indices }, r) => {
            const [s, d] = [r >> 1, r & 1];
            expect(offsets.length).toBe(out.counts[hop]![d]! + 1);
            for (let v = 0; v + 1 < offsets.length; v++) {
              const node = out.nodes[d]![v]!;
              const drawn = [...indices.subarray(Number(offsets[v]), Number(offsets[v + 1]))];
              for (const p of drawn) {
                expect(p).toBeLessThan(out.counts[hop + 1]![s]!);
                expect(edges.has(`${out.nodes[s]![p]},${node}`)).toBe(true);
              }
              expect(new Set(drawn).size).toBe(drawn.length);
              const degree = pairs.filter(([a, b]) => {
                const other = a === node ? b : b === node ? a : -1;
                return other >= 0 && (other < 90 ? 0 : 1) === s;
              }).length;
              expect(drawn.length).toBe(fanouts[hop]! < 0 ? degree : Math.min(degree, fanouts[hop]!));
            }
          });
        });
      },
    );
    fc.assert(property, { numRuns: 15, seed: 5 });
  });

  it('draws anew for another seed or step', () => {
    const graph = graphOf([0, 200], randomPairs(200, 0.3, 1));
    const draw = (seed: number, step: number) =>
      sampleBlocksSync(graph, Uint32Array.of(0, 1, 2), { fanouts: [5], seed, step }).nodes[0];
    expect(draw(1, 0)).toEqual(draw(1, 0));
    expect(draw(1, 1)).not.toEqual(draw(1, 0));
    expect(draw(2, 0)).not.toEqual(draw(1, 0));
  });

  it('is not disturbed by other calls in flight', async () => {
    const graph = graphOf([0, 50, 200], randomPairs(200, 0.3, 1));
    const seeds = Uint32Array.from({ length: 100 }, (_, i) => i * 2);
    const options = (step: number): SampleOptions => ({ fanouts: [5, 5], seed: 1, step });
    const made = await Promise.all(
      Array.from({ length: 12 }, (_, step) => sampleBlocks(graph, seeds, options(step))),
    );
    expect(made).toEqual(made.map((_, step) => sampleBlocksSync(graph, seeds, options(step))));
  });

  it('keeps what it was given when the caller writes on', async () => {
    const graph = graphOf([0, 200], randomPairs(200, 0.3, 1));
    const seeds = Uint32Array.of(0, 1, 2);
    const want = sampleBlocksSync(graph, seeds, { fanouts: [5, 5], seed: 1 });
    const pending = sampleBlocks(graph, seeds, { fanouts: [5, 5], seed: 1 });
    seeds.fill(4_000_000_000);
    graph.close();
    expect(await pending).toEqual(want);
  });

  it.each<[string, unknown, unknown, unknown]>([
    ['ERR_DTYPE', 'graph', undefined, undefined],
    ['ERR_DTYPE', { handle: {} }, undefined, undefined],
    ['ERR_DTYPE', null, undefined, undefined],
    ['ERR_DTYPE', undefined, Float64Array.of(1), undefined],
    ['ERR_DTYPE', undefined, [1], undefined],
    ['ERR_RANGE', undefined, Uint32Array.of(7), undefined],
    ['ERR_VALUE', undefined, detached(), undefined],
    ['ERR_SHAPE', undefined, undefined, { fanouts: [] }],
    ['ERR_SHAPE', undefined, undefined, { fanouts: [[1, 2]] }],
    ['ERR_DTYPE', undefined, undefined, { fanouts: 3 }],
    ['ERR_DTYPE', undefined, undefined, { fanouts: ['3'] }],
    ['ERR_RANGE', undefined, undefined, { fanouts: [1.5] }],
    ['ERR_RANGE', undefined, undefined, { fanouts: [Number.NaN] }],
    ['ERR_RANGE', undefined, undefined, { fanouts: [-2] }],
    ['ERR_RANGE', undefined, undefined, { fanouts: [2 ** 31] }],
    ['ERR_RANGE', undefined, undefined, { seed: -1 }],
    ['ERR_RANGE', undefined, undefined, { seed: 2n ** 64n }],
    ['ERR_DTYPE', undefined, undefined, { seed: '1' }],
    ['ERR_RANGE', undefined, undefined, { step: 2 ** 32 }],
    ['ERR_DTYPE', undefined, undefined, { exclude: { anchors: Uint32Array.of(1) } }],
    [
      'ERR_SHAPE',
      undefined,
      undefined,
      { exclude: { anchors: Uint32Array.of(1), positives: new Uint32Array() } },
    ],
    [
      'ERR_RANGE',
      undefined,
      undefined,
      { exclude: { anchors: Uint32Array.of(9), positives: Uint32Array.of(1) } },
    ],
  ])('refuses with %s (case %#)', async (code, graph, seeds, options) => {
    const args = [
      graph === undefined ? byHand() : graph,
      seeds ?? Uint32Array.of(1),
      { fanouts: [3], seed: 1, ...(options as object) },
    ] as unknown as Parameters<typeof sampleBlocks>;
    expect(await codeOf(() => sampleBlocks(...args))).toBe(code);
    expect(await codeOf(() => sampleBlocksSync(...args))).toBe(code);
  });

  it('refuses a closed graph', async () => {
    const graph = byHand();
    graph.close();
    expect(await codeOf(() => sampleBlocks(graph, Uint32Array.of(1), { fanouts: [1], seed: 1 }))).toBe(
      'ERR_CLOSED',
    );
  });

  it('takes no seeds', () => {
    const out = sampleBlocksSync(byHand(), new Uint32Array(), { fanouts: [3], seed: 1 });
    expect(out.counts).toEqual([Uint32Array.of(0, 0), Uint32Array.of(0, 0)]);
    expect(out.blocks[0]![0]!.offsets).toEqual(BigUint64Array.of(0n));
  });
});
