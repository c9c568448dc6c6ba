/** Exports of native/node/core.cc. */
export interface CoreAddon {
  setErrorClass(errorClass: new (code: never, message: string) => Error): void;
  threads(): number;
  setThreads(threads: number): void;
  simd(): 'avx512' | 'avx2' | 'baseline' | 'neon';
  /** Bytes and 4-byte random reads per second of this machine on all threads; the best of `passes` over a table. */
  probe(bytes: number, passes: number): { readBandwidth: number; randomReads: number };
  /** Asks the system for 2 MiB pages; nothing happens where there are none. */
  useHugePages(buffer: ArrayBuffer): void;
  /** From where a buffer lies to the next multiple of 64 bytes in memory. */
  bytesToLine(buffer: ArrayBuffer): number;
  philox(seed: number | bigint, counter: Uint32Array): Uint32Array;
}
