import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uniform } from '../../lib/random/index.js';
import { NO_ROW, type RankOptions, rankJudged, rankJudgedSync } from '../../lib/retrieval/index.js';
import { codeOf } from '../code-of.js';

const lists = (rows: readonly number[][]) => ({
  offsets: BigUint64Array.from([0, ...rows.map((_, i) => rows.slice(0, i + 1).flat().length)], BigInt),
  rows: Uint32Array.from(rows.flat()),
});

describe('rankJudged', () => {
  it('ranks by hand', async () => {
    const options = {
      scores: Float32Array.of(5, 3, 3, 9, 1, 3),
      size: 6,
      excluded: lists([[3]]),
      judged: lists([[1, 4]]),
      k: 2,
    };
    const result = await rankJudged(options);
    expect(result).toEqual({
      ranks: Float64Array.of(3, 5),
      top: Uint32Array.of(0, 1),
      counts: Uint32Array.of(2),
    });
    expect(rankJudgedSync(options)).toEqual(result);
  });

  it('equals the definition', async () => {
    const cases = fc.record({
      users: fc.nat(5),
      size: fc.integer({ min: 1, max: 150 }),
      levels: fc.constantFrom(1, 5, 1000),
      k: fc.integer({ min: 1, max: 12 }),
      masked: fc.boolean(),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ users, size, levels, k, masked, seed }) => {
        const pick = (u: number, a: number, share: number) =>
          Array.from({ length: size }, (_, i) => i).filter((i) => uniform(seed, i, u, a) < share);
        const rows = Array.from({ length: users }, (_, u) => u);
        const scores = Float32Array.from({ length: users * size }, (_, i) =>
          Math.floor(uniform(seed, i) * levels),
        );
        const [begin, end] = [Math.floor(size / 9), size - Math.floor(size / 8)];
        const candidates = Uint8Array.from({ length: size }, (_, i) =>
          uniform(seed, i, 0, 9) < 0.7 ? 1 : 0,
        );
        const excluded = rows.map((u) => pick(u, 1, 0.3));
        const judged = rows.map((u) => pick(u, 2, 0.1));
        const result = await rankJudged({
          scores,
          size,
          excluded: lists(excluded),
          judged: lists(judged),
          range: [begin, end],
          k,
          ...(masked && { candidates }),
        });
        let at = 0;
        for (const u of rows) {
          const score = (i: number) => scores[u * size + i]!;
          const isCandidate = (i: number) => i >= begin && i < end && (!masked || candidates[i] === 1);
          const pool = Array.from({ length: size }, (_, i) => i).filter(
            (i) => isCandidate(i) && (!excluded[u]!.includes(i) || judged[u]!.includes(i)),
          );
          for (const j of judged[u]!) {
            const above = pool.filter((i) => score(i) > score(j)).length;
            const equal = pool.filter((i) => i !== j && score(i) === score(j)).length;
            expect(result.ranks[at++]).toBe(isCandidate(j) ? 1 + above + equal / 2 : Number.NaN);
          }
          const best = pool.sort((a, b) => score(b) - score(a) || a - b).slice(0, k);
          expect(result.counts[u]).toBe(best.length);
          while (best.length < k) best.push(NO_ROW);
          expect([...result.top.subarray(u * k, (u + 1) * k)]).toEqual(best);
        }
        expect(at).toBe(result.ranks.length);
      }),
      { numRuns: 60 },
    );
  });

  const good: RankOptions = {
    scores: Float32Array.of(1, 2, 3),
    size: 3,
    excluded: lists([[0]]),
    judged: lists([[1]]),
  };
  it.each<[string, string, object]>([
    ['a NaN score', 'ERR_VALUE', { scores: Float32Array.of(1, Number.NaN, 3) }],
    ['scores of another size', 'ERR_SHAPE', { scores: Float32Array.of(1, 2) }],
    ['scores of the wrong type', 'ERR_DTYPE', { scores: [1, 2, 3] }],
    ['k = 0', 'ERR_RANGE', { k: 0 }],
    ['a range past the catalogue', 'ERR_RANGE', { range: [0, 4] }],
    ['a range that falls', 'ERR_RANGE', { range: [2, 1] }],
    ['a mask of another size', 'ERR_SHAPE', { candidates: Uint8Array.of(1) }],
    ['an empty mask', 'ERR_SHAPE', { candidates: new Uint8Array(0) }],
    ['a judged row past the catalogue', 'ERR_RANGE', { judged: lists([[3]]) }],
    ['judged rows that are not sorted', 'ERR_VALUE', { judged: lists([[2, 1]]) }],
    ['an excluded row past the catalogue', 'ERR_RANGE', { excluded: lists([[3]]) }],
    ['excluded rows that are not sorted', 'ERR_VALUE', { excluded: lists([[2, 1]]) }],
    ['lists of different numbers of users', 'ERR_SHAPE', { excluded: lists([[0], [1]]) }],
    ['no judged rows', 'ERR_DTYPE', { judged: undefined }],
  ])('refuses %s', async (_, code, change) => {
    expect(await codeOf(() => rankJudged(good))).toBe('no error');
    expect(await codeOf(() => rankJudged({ ...good, ...change }))).toBe(code);
    expect(await codeOf(() => rankJudgedSync({ ...good, ...change }))).toBe(code);
  });

  it('takes no users', async () => {
    const none = { scores: new Float32Array(0), size: 3, excluded: lists([]), judged: lists([]) };
    expect(await rankJudged(none)).toEqual({
      ranks: new Float64Array(0),
      top: new Uint32Array(0),
      counts: new Uint32Array(0),
    });
  });
});
