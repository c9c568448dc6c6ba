import { afterAll, describe, expect, it } from 'vitest';
import { setThreads, threads } from '../../lib/native/index.js';
import {
  createGraph,
  importanceNeighbors,
  importanceNeighborsSync,
  type LinkBatchOptions,
  sampleLinkBatchSync,
  sampleNegatives,
  sampleNegativesSync,
  type WalkOptions,
} from '../../lib/sampler/index.js';
import { codeOf, graphOf, randomPairs } from './graphs.js';

const before = threads();
afterAll(() => setThreads(before));

/** A star: nodes 1 to 4 lead to node 0, with scores and times equal to their number. */
const star = createGraph({
  nodes: 5,
  relations: [
    {
      sources: Uint32Array.of(1, 2, 3, 4),
      destinations: new Uint32Array(4),
      scores: Float32Array.of(1, 2, 3, 4),
      lastTimes: Float64Array.of(1, 2, 3, 4),
    },
  ],
});

describe('importanceNeighbors', () => {
  it('counts visits, by score and by time', async () => {
    const of = async (more: Partial<WalkOptions>) => {
      const [only] = await importanceNeighbors(star, Uint32Array.of(0), { walks: 3000, seed: 1, ...more });
      return new Map([...only!.nodes].map((node, i) => [node, only!.visits[i]!]));
    };
    const even = await of({});
    for (const node of [1, 2, 3, 4]) expect(Math.abs(even.get(node)! - 750)).toBeLessThan(130);
    const weighted = await of({ weighted: true });
    for (const node of [1, 2, 3, 4]) expect(Math.abs(weighted.get(node)! - 300 * node)).toBeLessThan(150);
    expect([...weighted.keys()]).toEqual([4, 3, 2, 1]); // most visited first
    expect([...(await of({ before: 3 })).keys()].sort()).toEqual([1, 2]);
    expect([...(await of({ weighted: true, top: 2 })).keys()]).toEqual([4, 3]);
    expect(await of({ before: 1 })).toEqual(new Map());
  });

  it('lists per type and seed, the same at any number of threads', async () => {
    const graph = graphOf([0, 60, 300], randomPairs(300, 0.05, 2));
    const seeds = Uint32Array.from({ length: 40 }, (_, i) => i * 7);
    const want = importanceNeighborsSync(graph, seeds, { seed: 5, top: 6 });
    expect(want.length).toBe(2);
    want.forEach(({ offsets, nodes, visits }, type) => {
      expect(offsets.length).toBe(41);
      expect(nodes.length).toBe(Number(offsets[40]));
      expect(visits.length).toBe(nodes.length);
      for (const node of nodes) expect(Number(node >= 60)).toBe(type);
      for (let i = 0; i < 40; i++) expect(Number(offsets[i + 1]! - offsets[i]!)).toBeLessThanOrEqual(6);
    });
    for (const count of [1, 2, 7]) {
      setThreads(count);
      expect(await importanceNeighbors(graph, seeds, { seed: 5, top: 6 })).toEqual(want);
    }
  });

  it('refuses', async () => {
    const of = (more: object) =>
      codeOf(() => importanceNeighbors(star, Uint32Array.of(0), { seed: 1, ...more } as WalkOptions));
    expect(await of({ walks: 0 })).toBe('ERR_RANGE');
    expect(await of({ restart: 2 })).toBe('ERR_RANGE');
    expect(await of({ length: 1.5 })).toBe('ERR_RANGE');
    expect(await of({ before: Float64Array.of(1, 2) })).toBe('ERR_SHAPE');
    expect(await of({ weighted: 'yes' })).toBe('ERR_DTYPE');
    const out = Uint32Array.of(5);
    expect(await codeOf(() => importanceNeighbors(star, out, { seed: 1 }))).toBe('ERR_RANGE');
  });
});

describe('where negatives come from', () => {
  // Node 0 is joined to 1, 2 and 3; 3 to 4. Degrees: 3, 1, 1, 2, 1, and none for 5.
  const graph = graphOf(
    [0, 6],
    [
      [0, 1],
      [0, 2],
      [0, 3],
      [3, 4],
    ],
  );
  const links = { anchors: new Uint32Array(900).fill(1), positives: new Uint32Array(900).fill(0) };
  const counted = (negatives: Uint32Array) => {
    const counts = [0, 0, 0, 0, 0, 0];
    for (const node of negatives) counts[node]!++;
    return counts;
  };

  it('by popularity, in proportion and never a neighbour', async () => {
    const flat = counted(
      (await sampleNegatives(graph, links, { seed: 1, negativesFrom: 'popularity', alpha: 1 })).negatives,
    );
    expect([flat[0], flat[1], flat[5]]).toEqual([0, 0, 0]); // its neighbour, itself, what nobody knows
    expect(Math.abs(flat[3]! - 450)).toBeLessThan(90); // 2 of 1 + 2 + 1
    const even = counted(
      sampleNegativesSync(graph, links, { seed: 1, negativesFrom: 'popularity', alpha: 0 }).negatives,
    );
    for (const node of [2, 3, 4]) expect(Math.abs(even[node]! - 300)).toBeLessThan(90);
  });

  it('from the batch', () => {
    const batch = { anchors: Uint32Array.of(1, 1, 4), positives: Uint32Array.of(0, 0, 3) };
    const { negatives, exhausted } = sampleNegativesSync(graph, batch, {
      count: 50,
      seed: 1,
      negativesFrom: 'batch',
    });
    expect(new Set(negatives.subarray(0, 100))).toEqual(new Set([3])); // the batch's other positive
    expect(new Set(negatives.subarray(100))).toEqual(new Set([0]));
    expect(exhausted).toBe(0);
  });

  it('goes through the link batch', () => {
    const options: LinkBatchOptions = {
      graph,
      fanouts: [2],
      negatives: 3,
      seed: 2,
      step: 4,
      negativesFrom: 'popularity',
      alpha: 2,
    };
    const batch = sampleLinkBatchSync(links, options);
    expect(batch.negatives).toEqual(sampleNegativesSync(graph, links, { ...options, count: 3 }).negatives);
    expect(batch.negatives).not.toEqual(sampleLinkBatchSync(links, { ...options, alpha: 1 }).negatives);
  });

  it('refuses', async () => {
    const of = (more: object) => codeOf(() => sampleNegatives(graph, links, { seed: 1, ...more }));
    expect(await of({ negativesFrom: 'thin air' })).toBe('ERR_VALUE');
    expect(await of({ negativesFrom: 'popularity', alpha: -1 })).toBe('ERR_RANGE');
    expect(await of({ negativesFrom: 'popularity', alpha: Number.NaN })).toBe('ERR_RANGE');
  });
});
