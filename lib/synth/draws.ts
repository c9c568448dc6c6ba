const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;

/** High 32 bits of a 32 x 32 bit product, without 64-bit integers. */
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

/**
 * Draws 0, 1, 2, ... of one subject (a user, an item): Philox 4x32-10 at counter (n / 4, subject, 0, 0). The same
 * numbers as lib/random's philox(), four to a call and without an array per call, which the hot loop needs.
 */
export class Draws {
  private readonly k0: number;
  private readonly k1: number;
  private subject = 0;
  private block = 0;
  private used = 4;
  private readonly words = new Uint32Array(4);

  /** @param seed one of lib/random's derive(), so that each use has draws of its own */
  constructor(seed: bigint) {
    this.k0 = Number(seed & 0xffffffffn);
    this.k1 = Number((seed >> 32n) & 0xffffffffn);
  }

  /** Starts the draws of another subject. */
  at(subject: number): this {
    this.subject = subject;
    this.block = 0;
    this.used = 4;
    return this;
  }

  private refill(): void {
    let a = this.block++ >>> 0;
    let b = this.subject;
    let c = 0;
    let d = 0;
    let { k0, k1 } = this;
    for (let round = 0; round < 10; round++) {
      const h0 = high(M0, a);
      const h1 = high(M1, c);
      const l0 = Math.imul(M0, a) >>> 0;
      const l1 = Math.imul(M1, c) >>> 0;
      a = (h1 ^ b ^ k0) >>> 0;
      b = l1;
      c = (h0 ^ d ^ k1) >>> 0;
      d = l0;
      k0 = (k0 + 0x9e3779b9) >>> 0;
      k1 = (k1 + 0xbb67ae85) >>> 0;
    }
    const { words } = this;
    words[0] = a;
    words[1] = b;
    words[2] = c;
    words[3] = d;
    this.used = 0;
  }

  /** 32 random bits. */
  bits(): number {
    if (this.used === 4) this.refill();
    return this.words[this.used++]!;
  }

  /** In [0, 1), a multiple of 2^-32. */
  uniform(): number {
    return this.bits() / 4294967296;
  }

  /** A whole number in [0, n), n up to 2^20. */
  below(n: number): number {
    return Math.floor((this.bits() * n) / 4294967296);
  }

  /** Standard normal (Box–Muller). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log((this.bits() + 1) / 4294967297));
    return radius * Math.cos((2 * Math.PI * this.bits()) / 4294967296);
  }

  /** Exponential with mean 1. */
  exponential(): number {
    return -Math.log((this.bits() + 1) / 4294967297);
  }

  /** An index of `weights`, by their size; `total` is their sum. */
  pick(weights: ArrayLike<number>, total: number): number {
    let left = this.uniform() * total;
    for (let i = 0; i < weights.length - 1; i++) {
      left -= weights[i]!;
      if (left < 0) return i;
    }
    return weights.length - 1;
  }

  /** Poisson of the given mean: by counting below 30, above by the rounded normal. */
  poisson(mean: number): number {
    if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    let n = 0;
    for (let left = this.exponential(); left < mean; left += this.exponential()) n++;
    return n;
  }
}
