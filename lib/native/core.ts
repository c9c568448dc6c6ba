/** Exports of native/node/core.cc. */
export interface CoreAddon {
  setErrorClass(errorClass: new (code: never, message: string) => Error): void;
  threads(): number;
  setThreads(threads: number): void;
  simd(): 'avx512' | 'avx2' | 'baseline' | 'neon';
  philox(seed: number | bigint, counter: Uint32Array): Uint32Array;
}
