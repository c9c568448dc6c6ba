/** Exports of native/node/core.cc. */
export interface CoreAddon {
  setErrorClass(errorClass: new (code: never, message: string) => Error): void;
  threads(): number;
  setThreads(threads: number): void;
  simd(): 'avx512' | 'avx2' | 'baseline' | 'neon';
  /** Bytes and 4-byte random reads per second of this machine on all threads; the best of `passes` over a table. */
  probe(bytes: number, passes: number): { readBandwidth: number; randomReads: number };
  philox(seed: number | bigint, counter: Uint32Array): Uint32Array;
}
