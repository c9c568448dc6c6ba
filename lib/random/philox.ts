/**
 * Counter-based random numbers: every draw is a pure function of a seed and its coordinates, so it never
 * depends on what was drawn before, on threads, or on where a run was resumed.
 * Philox 4x32-10 (Salmon et al., SC 2011), the twin of native/core/random.h.
 */
export type Seed = number | bigint;

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;

function high(a: number, b: number): number {
  const al = a & 0xffff;
  const ah = a >>> 16;
  const bl = b & 0xffff;
  const bh = b >>> 16;
  const low = al * bl;
  const middle = ah * bl + (low >>> 16);
  const cross = al * bh + (middle & 0xffff);
  return (ah * bh + Math.floor(middle / 65536) + Math.floor(cross / 65536)) >>> 0;
}

/** Splits a seed (a whole number from 0 to 2^53 - 1, or a bigint to 2^64 - 1) into its two 32-bit halves. */
function halves(seed: Seed): [number, number] {
  if (typeof seed === 'bigint') return [Number(seed & 0xffffffffn), Number((seed >> 32n) & 0xffffffffn)];
  return [seed >>> 0, Math.floor(seed / 4294967296) >>> 0];
}

/** Four words of 32 random bits for counter (c0, c1, c2, c3). */
export function philox(seed: Seed, c0: number, c1 = 0, c2 = 0, c3 = 0): [number, number, number, number] {
  let [k0, k1] = halves(seed);
  let [a, b, c, d] = [c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0];
  for (let round = 0; round < 10; round++) {
    const h0 = high(M0, a);
    const l0 = Math.imul(M0, a) >>> 0;
    const h1 = high(M1, c);
    const l1 = Math.imul(M1, c) >>> 0;
    [a, b, c, d] = [(h1 ^ b ^ k0) >>> 0, l1, (h0 ^ d ^ k1) >>> 0, l0];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [a, b, c, d];
}

/** A number in [0, 1) with 53 random bits, for coordinates (a, b, c, d). */
export function uniform(seed: Seed, a: number, b = 0, c = 0, d = 0): number {
  const block = philox(seed, a, b, c, d);
  return ((block[0] >>> 5) * 67108864 + (block[1] >>> 6)) / 9007199254740992;
}

/** A standard normal number (Box–Muller) for coordinates (a, b, c, d). */
export function normal(seed: Seed, a: number, b = 0, c = 0, d = 0): number {
  const block = philox(seed, a, b, c, d);
  const radius = Math.sqrt(-2 * Math.log((block[0] + 1) / 4294967297));
  return radius * Math.cos((2 * Math.PI * block[1]) / 4294967296);
}

/** A whole number in [0, n), n up to 2^32, for coordinates (a, b, c, d). */
export function below(n: number, seed: Seed, a: number, b = 0, c = 0, d = 0): number {
  return Math.floor((philox(seed, a, b, c, d)[0] * n) / 4294967296);
}

/**
 * A random order of 0 .. n - 1 (Fisher–Yates), a function of (seed, stream) alone.
 * @returns Uint32Array of length n
 */
export function permutation(n: number, seed: Seed, stream = 0): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = below(i + 1, seed, i, stream, 0x7065726d);
    const held = order[i]!;
    order[i] = order[j]!;
    order[j] = held;
  }
  return order;
}

/** A seed of its own for a named part of a run, so that two parts never share draws. */
export function derive(seed: Seed, name: string): bigint {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let i = 0; i < name.length; i++) {
    a = Math.imul(a ^ name.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ name.charCodeAt(i), 0x85ebca6b);
  }
  const block = philox(seed, a, b, name.length, 0x73656564);
  return (BigInt(block[0]) << 32n) | BigInt(block[1]);
}
