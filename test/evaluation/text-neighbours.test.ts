import { describe, expect, it } from 'vitest';
import { matrix } from '../../lib/artifacts/index.js';
import { neighbourHits } from '../../lib/evaluation/index.js';
import type { EventLog } from '../../lib/events/index.js';

/** Events without times or kinds, given as [user, item]. */
const logOf = (pairs: readonly (readonly [number, number])[]): EventLog => ({
  length: pairs.length,
  user: Uint32Array.from(pairs, ([user]) => user),
  item: Uint32Array.from(pairs, ([, item]) => item),
  kind: new Uint8Array(pairs.length),
  time: new Float64Array(pairs.length),
  kinds: [{ name: 'event', strong: true }],
});

// Items 0, 1, 2 point nearly the same way, 3 and 4 another; 5 has no words.
const angles = [0, 0.1, 0.3, 1.5, 1.6];
const vectors = matrix(6, 2, Float32Array.from([...angles.flatMap((a) => [Math.cos(a), Math.sin(a)]), 0, 0]));
const rows = Uint32Array.of(0, 1, 2, 3, 4);

describe('neighbourHits', () => {
  it('counts neighbours that share a user', async () => {
    // Nearest: 0 -> 1, 1 -> 0, 2 -> 1, 3 -> 4, 4 -> 3. Users join 0 with 1, and 2 with 3.
    const log = logOf([
      [7, 0],
      [7, 1],
      [7, 1],
      [8, 2],
      [8, 3],
      [9, 4],
      [9, 5],
    ]);
    const result = await neighbourHits(vectors, rows, log, { k: 1 });
    expect(result).toMatchObject({ items: 5, asked: 5, k: 1, hitRate: 2 / 5, anyHit: 2 / 5 });
    // Two nearest: 0 -> 1, 2; 1 -> 0, 2; 2 -> 1, 0; 3 -> 4, 2; 4 -> 3, 2.
    const two = await neighbourHits(vectors, rows, log, { k: 2 });
    expect([two.hitRate, two.anyHit]).toEqual([3 / 10, 3 / 5]);
  });

  it('asks a seeded sample, and knows chance', async () => {
    const n = 400;
    const random = (i: number) => Math.abs(Math.sin(i * 12.9898) * 43758.5453) % 1;
    const many = matrix(
      n,
      4,
      Float32Array.from({ length: n * 4 }, (_, i) => random(i + 1) - 0.5),
    );
    const log = logOf(Array.from({ length: n }, (_, i) => [i % 10, i] as const)); // a tenth share a user
    const all = Uint32Array.from({ length: n }, (_, i) => i);
    const result = await neighbourHits(many, all, log, { ask: 300, seed: 4 });
    expect(result.asked).toBe(300);
    expect(result.chance).toBeGreaterThan(0.06);
    expect(result.chance).toBeLessThan(0.14);
    expect(result.hitRate).toBeLessThan(0.14); // vectors that know nothing
    expect(await neighbourHits(many, all, log, { ask: 300, seed: 4 })).toEqual(result);
    expect(await neighbourHits(many, all, log, { ask: 300, seed: 5 })).not.toEqual(result);
  });

  it('refuses a catalogue without words, and stops', async () => {
    const one = neighbourHits(vectors, Uint32Array.of(0), logOf([[0, 0]]));
    await expect(one).rejects.toMatchObject({
      code: 'ERR_VALUE',
      message: expect.stringMatching(/template/),
    });
    const stopped = neighbourHits(vectors, rows, logOf([[0, 0]]), { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ code: 'ERR_CANCELLED' });
  });
});
