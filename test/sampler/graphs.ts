import { expect } from 'vitest';
import { CohearError } from '../../lib/errors/index.js';
import { addon } from '../../lib/native/index.js';
import { philox } from '../../lib/random/index.js';

export type Pair = readonly [number, number];

/** A symmetric graph of the given pairs, with every relation of its types. */
export function graphOf(typeOffsets: readonly number[], pairs: readonly Pair[]) {
  const edges = [...pairs, ...pairs.map(([u, v]): Pair => [v, u])].sort((a, b) => a[1] - b[1] || a[0] - b[0]);
  const types = typeOffsets.length - 1;
  const within = (row: number, type: number) => row >= typeOffsets[type]! && row < typeOffsets[type + 1]!;
  const relations = [];
  for (let s = 0; s < types; s++) {
    for (let d = 0; d < types; d++) {
      const own = edges.filter(([u, v]) => within(u, s) && within(v, d));
      const offsets = new BigUint64Array(typeOffsets[d + 1]! - typeOffsets[d]! + 1);
      for (const [, v] of own) offsets[v - typeOffsets[d]! + 1]! += 1n;
      for (let i = 1; i < offsets.length; i++) offsets[i]! += offsets[i - 1]!;
      relations.push({
        sourceType: s,
        destinationType: d,
        offsets,
        indices: Uint32Array.from(own, ([u]) => u),
      });
    }
  }
  return addon.createGraph({ typeOffsets: Uint32Array.from(typeOffsets), relations });
}

/** Undirected pairs among `nodes` rows, each there with probability `density`. */
export function randomPairs(nodes: number, density: number, seed: number): Pair[] {
  const pairs: Pair[] = [];
  for (let u = 0; u < nodes; u++) {
    for (let v = u + 1; v < nodes; v++) if (philox(seed, u, v)[0] / 2 ** 32 < density) pairs.push([u, v]);
  }
  return pairs;
}

/** The code of the CohearError that `body` throws or rejects with. */
export async function codeOf(body: () => unknown): Promise<string> {
  try {
    await body();
  } catch (error) {
    expect(error).toBeInstanceOf(CohearError);
    return (error as CohearError).code;
  }
  return 'no error';
}

/** An array whose buffer has been transferred away. */
export function detached(): Uint32Array {
  const array = Uint32Array.of(1, 2, 3);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}
