/** A 0/1 matrix of users by items in native memory. */
export interface InteractionsHandle {
  close(): void;
  readonly closed: boolean;
}

/** A solved EASE^R in native memory. */
export interface EaseHandle {
  close(): void;
  readonly closed: boolean;
}

export interface Factors {
  /** [users, factors] */
  readonly users: Float32Array;
  /** [items, factors] */
  readonly items: Float32Array;
}

/** Exports of native/node/linalg.cc; `watch` is [cancel, done] over shared memory. */
export interface LinalgAddon {
  /** Copies rows that must be ascending without repeats. */
  createInteractions(rows: {
    offsets: BigUint64Array;
    indices: Uint32Array;
    items: number;
  }): InteractionsHandle;
  als(
    interactions: InteractionsHandle,
    options: {
      factors: number;
      regularization: number;
      confidence: number;
      iterations: number;
      steps: number;
      seed: number | bigint;
    },
    watch?: Int32Array,
  ): Promise<Factors>;
  bpr(
    interactions: InteractionsHandle,
    options: {
      factors: number;
      learningRate: number;
      regularization: number;
      epochs: number;
      batch: number;
      seed: number | bigint;
    },
    watch?: Int32Array,
  ): Promise<Factors>;
  topSpectrum(
    interactions: InteractionsHandle,
    options: { rank: number; oversample: number; sweeps: number; seed: number | bigint },
    watch?: Int32Array,
  ): Promise<{ rank: number; values: Float32Array; directions: Float32Array }>;
  createEase(
    interactions: InteractionsHandle,
    options: { l2: number; maxBytes: number },
    watch?: Int32Array,
  ): Promise<EaseHandle>;
  /** Writes out [users, items]. */
  easeScores(ease: EaseHandle, users: Uint32Array, out: Float32Array): Promise<void>;
  /** Adds to out [users, items]. */
  addLinearFilter(interactions: InteractionsHandle, users: Uint32Array, out: Float32Array): Promise<void>;
}
