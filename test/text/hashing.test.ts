import { describe, expect, it } from 'vitest';
import { row } from '../../lib/artifacts/index.js';
import { setThreads, threads } from '../../lib/native/index.js';
import { hashingEncoder } from '../../lib/text/index.js';

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, v, i) => sum + v * b[i]!, 0);

/** The definition, written plainly: features with their weights in a map keyed by text, then hashed. */
function reference(text: string, hash: (feature: string, gram: boolean) => number, dimension: number) {
  const counts = new Map<string, number>();
  for (const word of text
    .normalize('NFKC')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? []) {
    const bounded = `^${word}$`;
    counts.set(`w${bounded}`, (counts.get(`w${bounded}`) ?? 0) + 1);
    for (let n = 3; n <= 5; n++)
      for (let i = 0; i + n <= bounded.length; i++) {
        const gram = `g${bounded.slice(i, i + n)}`;
        counts.set(gram, (counts.get(gram) ?? 0) + 1);
      }
  }
  const x = new Float64Array(dimension);
  for (const [feature, count] of counts) {
    const h = hash(feature.slice(1), feature[0] === 'g');
    x[(h >>> 1) % dimension]! += (h & 1 ? 1 : -1) * (feature[0] === 'w' ? 1 : 0.5) * (1 + Math.log(count));
  }
  const length = Math.hypot(...x);
  return x.map((v) => (length > 0 ? v / length : 0));
}

function mix(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
const hashOf = (seed: number) => (feature: string, gram: boolean) => {
  let h = mix(seed + 1) ^ (gram ? 0x9747b28c : 0x811c9dc5);
  for (let i = 0; i < feature.length; i++) h = Math.imul(h ^ feature.charCodeAt(i), 0x01000193);
  return mix(h);
};

describe('hashingEncoder', () => {
  it('computes the formula of its doc comment', async () => {
    const encoder = hashingEncoder({ dimension: 64, seed: 3 });
    const texts = [
      'The the quick brown Fox',
      'a',
      'déjà vu vu vu',
      'Fox 42!',
      'ÉTÉ STRASSE ﬁne',
      '東京 𝒳x \ud800 日本',
    ];
    const rows = await encoder.encode(texts);
    texts.forEach((text, r) => {
      const want = reference(text, hashOf(3), 64);
      row(rows, r).forEach((v, i) => {
        expect(v).toBeCloseTo(want[i]!, 6);
      });
    });
  });

  it('gives unit rows, zero for a text without letters or digits, and no row changes with its neighbours', async () => {
    const encoder = hashingEncoder();
    const rows = await encoder.encode(['deep sea stories', '', '  ', '?!', 'city gardens']);
    const lengths = [0, 1, 2, 3, 4].map((r) => Math.hypot(...row(rows, r)));
    expect(lengths.map((l) => Math.round(l * 1e6) / 1e6)).toEqual([1, 0, 0, 0, 1]);
    const alone = await encoder.encode(['city gardens']);
    expect(row(alone, 0)).toEqual(row(rows, 4));
    expect((await encoder.encode([])).rows).toBe(0);
  });

  it('gives the same bits at 1, 2 and 7 threads', async () => {
    const texts = Array.from(
      { length: 500 },
      (_, i) => `cup ${i} of ${'tea '.repeat(i % 7)}${i % 3 ? 'Café' : ''}`,
    );
    const before = threads();
    try {
      const results = [];
      for (const count of [1, 2, 7]) {
        setThreads(count);
        results.push(await hashingEncoder().encode(texts));
      }
      for (const result of results) expect(result).toEqual(results[0]);
    } finally {
      setThreads(before);
    }
  });

  it('puts texts with shared words and spellings nearer than strangers', async () => {
    const rows = await hashingEncoder().encode([
      'stainless steel kettle',
      'steel kettles, stainless',
      'organic green tea',
    ]);
    expect(dot(row(rows, 0), row(rows, 1))).toBeGreaterThan(0.7);
    expect(Math.abs(dot(row(rows, 0), row(rows, 2)))).toBeLessThan(0.3);
  });

  it('has another fingerprint and other rows for another seed or dimension', async () => {
    const [a, b, c] = [hashingEncoder(), hashingEncoder({ seed: 1 }), hashingEncoder({ dimension: 128 })];
    expect(new Set([a.fingerprint, b.fingerprint, c.fingerprint]).size).toBe(3);
    expect((await a.encode(['tea'])).data).not.toEqual((await b.encode(['tea'])).data);
    expect(hashingEncoder().fingerprint).toBe(a.fingerprint);
  });

  it('refuses wrong settings and stops on request', async () => {
    for (const options of [{ dimension: 4 }, { dimension: 10.5 }, { seed: -1 }, { seed: 2 ** 32 }])
      expect(() => hashingEncoder(options)).toThrow(expect.objectContaining({ code: 'ERR_RANGE' }));
    const stopped = hashingEncoder().encode(['a'], { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ code: 'ERR_CANCELLED' });
  });

  it('reports progress up to the total', async () => {
    const seen: number[] = [];
    await hashingEncoder().encode(Array(20_000).fill('tea'), { onProgress: ({ done }) => seen.push(done) });
    expect(seen).toEqual([0, 8192, 16_384, 20_000]);
  });
});
