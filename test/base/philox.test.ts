import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addon } from '../../lib/native/index.js';
import { below, derive, normal, permutation, philox, uniform } from '../../lib/random/index.js';

const word = fc.integer({ min: 0, max: 0xffffffff });

describe('philox', () => {
  // Random123's kat_vectors, philox4x32 with 10 rounds.
  it('gives the published vectors', () => {
    expect(philox(0, 0)).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    const all = 0xffffffff;
    expect(philox((1n << 64n) - 1n, all, all, all, all)).toEqual([
      0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd,
    ]);
    expect(philox(0x299f31d0a4093822n, 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344)).toEqual([
      0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1,
    ]);
  });

  it('gives the same words as the native twin', () => {
    const seed = fc.oneof(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.maxSafeNat());
    fc.assert(
      fc.property(seed, word, word, word, word, (s, a, b, c, d) => {
        expect(philox(s, a, b, c, d)).toEqual([...addon.philox(s, Uint32Array.of(a, b, c, d))]);
      }),
      { numRuns: 500 },
    );
  });

  it('takes a number and the equal bigint as the same seed', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), word, (seed, a) => {
        expect(philox(seed, a)).toEqual(philox(BigInt(seed), a));
      }),
    );
  });
});

describe('draws', () => {
  const draws = Array.from({ length: 20_000 }, (_, i) => i);
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

  it('uniform lies in [0, 1) with the moments of its kind', () => {
    const values = draws.map((i) => uniform(3, i));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    expect(mean(values)).toBeCloseTo(1 / 2, 2);
    expect(mean(values.map((x) => (x - 0.5) ** 2))).toBeCloseTo(1 / 12, 2);
  });

  it('normal has mean 0, variance 1 and no infinities', () => {
    const values = draws.map((i) => normal(3, i));
    expect(values.every(Number.isFinite)).toBe(true);
    expect(Math.abs(mean(values))).toBeLessThan(0.03);
    expect(Math.abs(mean(values.map((x) => x * x)) - 1)).toBeLessThan(0.05);
  });

  it('below stays below and reaches every number', () => {
    const seen = new Set(draws.map((i) => below(7, 1, i)));
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('permutation holds every number once, and differs by seed and stream', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.maxSafeNat(), (n, seed) => {
        const order = permutation(n, seed);
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
        expect(permutation(n, seed)).toEqual(order);
      }),
      { numRuns: 50 },
    );
    expect(permutation(50, 1)).not.toEqual(permutation(50, 2));
    expect(permutation(50, 1, 0)).not.toEqual(permutation(50, 1, 1));
  });

  it('permutation favours no place', () => {
    const at = new Array(5).fill(0);
    for (const i of draws.slice(0, 5000)) at[permutation(5, i).indexOf(0)]++;
    const chi = at.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chi).toBeLessThan(18.5); // 99.9 % quantile at 4 degrees of freedom
  });

  it('derive gives every name its own seed, always the same', () => {
    const names = ['graph', 'sampler', 'hgnn', 'two-tower', 'hgnn2', ''];
    expect(new Set(names.map((name) => derive(1, name))).size).toBe(names.length);
    expect(derive(1, 'graph')).toBe(derive(1n, 'graph'));
    expect(derive(1, 'graph')).not.toBe(derive(2, 'graph'));
  });
});
