import { afterAll, describe, expect, it } from 'vitest';
import { addon, setThreads, threads } from '../../lib/native/index.js';
import {
  balancedEpoch,
  balancedEpochSync,
  type Links,
  sampleNegatives,
  sampleNegativesSync,
  splitEdges,
  splitEdgesSync,
} from '../../lib/sampler/index.js';
import { codeOf, detached, graphOf, randomPairs } from './graphs.js';

const before = threads();
afterAll(() => setThreads(before));

const pairs = randomPairs(300, 0.08, 3);
const graph = graphOf([0, 60, 300], pairs);
const key = (u: number, v: number) => (u < v ? `${u},${v}` : `${v},${u}`);
const known = new Set(pairs.map(([u, v]) => key(u, v)));
const keysOf = ({ anchors, positives }: Links) => [...anchors].map((a, i) => key(a, positives[i]!));

describe('splitEdges', () => {
  it('parts the pairs, both directions together', async () => {
    const { train, validation } = await splitEdges(graph, { fraction: 0.1, seed: 7 });
    const aside = new Set(keysOf(validation));
    expect(aside.size).toBe(validation.anchors.length);
    expect(aside.size / known.size).toBeCloseTo(0.1, 1);
    let edges = 0;
    for (const [r, { destinationType }] of addon.graphInfo(train).relations.entries()) {
      const { offsets, indices } = addon.graphRelation(train, r);
      for (let v = 0; v + 1 < offsets.length; v++) {
        for (let e = Number(offsets[v]); e < Number(offsets[v + 1]); e++) {
          const pair = key(indices[e]!, v + (destinationType === 1 ? 60 : 0));
          expect(known.has(pair) && !aside.has(pair)).toBe(true);
          edges++;
        }
      }
    }
    expect(edges).toBe(2 * (known.size - aside.size));
    expect(splitEdgesSync(graph, { fraction: 0.1, seed: 7 }).validation).toEqual(validation);
  });

  it('refuses', async () => {
    for (const fraction of [1, -0.5, Number.NaN]) {
      expect(await codeOf(() => splitEdges(graph, { fraction, seed: 1 }))).toBe('ERR_RANGE');
    }
    expect(await codeOf(() => splitEdges(graph, { fraction: 0.1, seed: 1.5 }))).toBe('ERR_RANGE');
    expect(await codeOf(() => splitEdgesSync({} as never, { fraction: 0.1, seed: 1 }))).toBe('ERR_DTYPE');
  });
});

describe('balancedEpoch', () => {
  it('takes as many of each link type as of the rarest, anew each epoch', async () => {
    const epoch = await balancedEpoch(graph, { seed: 1 });
    const rarest = Math.min(...epoch.types.map((t) => t.pairs));
    expect(epoch.types.map(({ low, high }) => [low, high])).toEqual([
      [0, 0],
      [0, 1],
      [1, 1],
    ]);
    expect(epoch.types.reduce((sum, t) => sum + t.pairs, 0)).toBe(known.size);
    const taken = [0, 0, 0];
    epoch.anchors.forEach((anchor, i) => {
      const type = Number(anchor >= 60) + Number(epoch.positives[i]! >= 60);
      expect(epoch.relations[i]).toBe(type);
      taken[type]!++;
    });
    expect(taken).toEqual([rarest, rarest, rarest]);
    expect(new Set(keysOf(epoch)).size).toBe(3 * rarest);
    expect(balancedEpochSync(graph, { seed: 1 })).toEqual(epoch);
    expect(balancedEpochSync(graph, { seed: 1, epoch: 1 }).anchors).not.toEqual(epoch.anchors);
  });

  it('takes all when unbalanced, and no more than the cap', () => {
    const all = balancedEpochSync(graph, { seed: 1, balanced: false });
    expect(new Set(keysOf(all))).toEqual(known);
    expect(all.anchors.length).toBe(known.size);
    const capped = balancedEpochSync(graph, { seed: 1, balanced: false, maxPerRelation: 10 });
    expect(capped.types.map((t) => t.taken)).toEqual([10, 10, 10]);
    expect(capped.anchors.length).toBe(30);
  });

  it('refuses', async () => {
    expect(await codeOf(() => balancedEpoch(graph, { seed: 1, epoch: -1 }))).toBe('ERR_RANGE');
    expect(await codeOf(() => balancedEpoch(graph, { seed: 1, maxPerRelation: 1.5 }))).toBe('ERR_RANGE');
    expect(await codeOf(() => balancedEpoch(graph, { seed: 1, balanced: 1 as never }))).toBe('ERR_DTYPE');
  });
});

describe('sampleNegatives', () => {
  const links = {
    anchors: Uint32Array.from(pairs, ([u, v]) => (u % 2 ? u : v)),
    positives: Uint32Array.from(pairs, ([u, v]) => (u % 2 ? v : u)),
  };

  it('gives rows of the positive’s type that are no neighbours, the same at any number of threads', async () => {
    const out = await sampleNegatives(graph, links, { count: 4, seed: 3, step: 8 });
    expect(out.negatives.length).toBe(4 * pairs.length);
    expect(out.exhausted).toBe(0);
    expect(out.rejected).toBeGreaterThan(0);
    out.negatives.forEach((negative, i) => {
      const [anchor, positive] = [links.anchors[i >> 2]!, links.positives[i >> 2]!];
      expect(negative >= 60).toBe(positive >= 60);
      expect(negative).not.toBe(anchor);
      expect(known.has(key(anchor, negative))).toBe(false);
    });
    for (const count of [1, 2, 7]) {
      setThreads(count);
      expect(sampleNegativesSync(graph, links, { count: 4, seed: 3, step: 8 })).toEqual(out);
    }
  });

  it('counts what it could not make certain', () => {
    const full = graphOf([0, 2, 3], [[0, 1]]);
    const out = sampleNegativesSync(
      full,
      { anchors: Uint32Array.of(0), positives: Uint32Array.of(1) },
      { seed: 1 },
    );
    expect(out).toMatchObject({ negatives: Uint32Array.of(1), exhausted: 1 });
  });

  it('refuses', async () => {
    const one = Uint32Array.of(1);
    const of = (anchors: Uint32Array, positives: Uint32Array, count = 1) =>
      codeOf(() => sampleNegatives(graph, { anchors, positives }, { count, seed: 1 }));
    expect(await of(one, Uint32Array.of(1, 2))).toBe('ERR_SHAPE');
    expect(await of(one, Uint32Array.of(300))).toBe('ERR_RANGE');
    expect(await of(Uint32Array.of(300), one)).toBe('ERR_RANGE');
    expect(await of(detached(), one)).toBe('ERR_VALUE');
    expect(await of(one, Int32Array.of(1) as never)).toBe('ERR_DTYPE');
    expect(await of(one, one, 1e9)).toBe('ERR_RANGE');
  });
});
