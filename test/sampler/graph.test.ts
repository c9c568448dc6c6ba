import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addon } from '../../lib/native/index.js';
import { createGraph, type GraphArrays, sampleBlocksSync } from '../../lib/sampler/index.js';
import { codeOf } from './graphs.js';

const relationOf = (arrays: GraphArrays, r = 0) => addon.graphRelation(createGraph(arrays), r);

describe('createGraph', () => {
  it('takes an edge list of one type, merging what is there twice', () => {
    const made = relationOf({
      nodes: 5,
      relations: [
        {
          sources: Uint32Array.of(4, 1, 3, 1, 0),
          destinations: Uint32Array.of(2, 2, 0, 2, 4),
          scores: Float32Array.of(1, 2, 3, 4, 5),
          lastTimes: Float64Array.of(10, 30, 5, 20, 7),
        },
      ],
    });
    expect(made).toMatchObject({
      sourceType: 0,
      destinationType: 0,
      offsets: BigUint64Array.of(0n, 1n, 1n, 3n, 3n, 4n),
      indices: Uint32Array.of(3, 1, 4, 0),
      scores: Float32Array.of(3, 6, 1, 5), // 1 -> 2 twice: 2 + 4, and the later of 30 and 20
      lastTimes: Float64Array.of(5, 30, 10, 7),
    });
  });

  it('takes relations between types, lists and CSC side by side', () => {
    const graph = createGraph({
      typeOffsets: Uint32Array.of(0, 2, 5),
      relations: [
        {
          sourceType: 1,
          destinationType: 0,
          sources: Uint32Array.of(4, 2),
          destinations: Uint32Array.of(1, 1),
        },
        { destinationType: 1, offsets: BigUint64Array.of(0n, 1n, 1n, 3n), indices: Uint32Array.of(0, 0, 1) },
      ],
    });
    const out = sampleBlocksSync(graph, Uint32Array.of(1), { fanouts: [-1], seed: 1 });
    expect(out.nodes).toEqual([Uint32Array.of(1), Uint32Array.of(2, 4)]);
    expect(addon.graphRelation(graph, 0)).toMatchObject({ sourceType: 0, destinationType: 1 });
  });

  it('lists random edges as a sort would', () => {
    const edge = fc.tuple(fc.nat(19), fc.integer({ min: 8, max: 19 }), fc.nat(50));
    fc.assert(
      fc.property(fc.array(edge, { maxLength: 60 }), (edges) => {
        const made = relationOf({
          typeOffsets: Uint32Array.of(0, 8, 20),
          relations: [0, 1].map((sourceType) => {
            const own = edges.filter(([source]) => Number(source >= 8) === sourceType);
            return {
              sourceType,
              destinationType: 1,
              sources: Uint32Array.from(own, ([s]) => s),
              destinations: Uint32Array.from(own, ([, d]) => d),
              lastTimes: Float64Array.from(own, ([, , t]) => t),
            };
          }),
        });
        const latest = new Map<string, number>();
        for (const [s, d, t] of edges.filter(([source]) => source < 8)) {
          latest.set(`${d},${s}`, Math.max(t, latest.get(`${d},${s}`) ?? 0));
        }
        const want = [...latest].map(([key, t]) => [...key.split(',').map(Number), t] as number[]);
        want.sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]!);
        const got: number[][] = [];
        for (let row = 0; row < 12; row++) {
          for (let e = Number(made.offsets[row]); e < Number(made.offsets[row + 1]); e++) {
            got.push([row + 8, made.indices[e]!, made.lastTimes![e]!]);
          }
        }
        expect(got).toEqual(want);
      }),
      { numRuns: 50 },
    );
  });

  it('refuses what is no graph, saying why', async () => {
    const one = Uint32Array.of(1);
    const of = (arrays: object) => codeOf(() => createGraph(arrays as GraphArrays));
    const list = (more: object) =>
      of({ nodes: 3, relations: [{ sources: one, destinations: one, ...more }] });
    expect(await list({})).toBe('no error');
    expect(await of({ relations: [] })).toBe('ERR_VALUE');
    expect(await of({ nodes: 3, typeOffsets: Uint32Array.of(0, 3), relations: [] })).toBe('ERR_VALUE');
    expect(await of({ nodes: -1, relations: [] })).toBe('ERR_RANGE');
    expect(await of({ nodes: 3 })).toBe('ERR_DTYPE');
    expect(await list({ destinations: Uint32Array.of(1, 2) })).toBe('ERR_SHAPE');
    expect(await list({ scores: Float32Array.of(1, 2) })).toBe('ERR_SHAPE');
    expect(await list({ scores: Float64Array.of(1) })).toBe('ERR_DTYPE');
    expect(await list({ scores: Float32Array.of(Number.NaN) })).toBe('ERR_VALUE');
    expect(await list({ sources: [1] })).toBe('ERR_DTYPE');
    expect(await list({ sources: Uint32Array.of(3) })).toBe('ERR_RANGE');
    expect(await list({ destinations: Uint32Array.of(3) })).toBe('ERR_RANGE');
    expect(await list({ destinationType: 1 })).toBe('ERR_RANGE');
    expect(await list({ sourceType: 1 })).toBe('ERR_RANGE');
    const csc = { offsets: BigUint64Array.of(0n, 0n, 0n, 2n), indices: Uint32Array.of(2, 1) };
    expect(await of({ nodes: 3, relations: [csc] })).toBe('ERR_VALUE'); // not ascending
  });
});
