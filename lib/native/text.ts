/** Texts as UTF-8 end to end: text i is bytes[offsets[i] .. offsets[i + 1]). */
export interface PackedTexts {
  readonly bytes: Uint8Array;
  readonly offsets: BigUint64Array;
}

/** A native table of token vectors. Freed by the garbage collector, or at once by close(). */
export interface StaticTableHandle {
  close(): void;
  readonly closed: boolean;
}

export interface EncodePlan {
  /** The static part of a row, and what it reads. */
  readonly table?: StaticTableHandle;
  readonly texts?: PackedTexts;
  /** Width of the hashed part, 0 for none, and what it reads: see native/text/hashing.h. */
  readonly hashed: number;
  readonly words?: PackedTexts;
  readonly seed: number;
  /** Where the rows go: written when the promise resolves, without a copy over a SharedArrayBuffer. */
  readonly out: Float32Array;
}

/** Exports of native/node/text.cc. */
export interface TextAddon {
  /** `vocabulary` has a token a line; row and scale t are token t's. */
  createStaticTable(parts: {
    vocabulary: Uint8Array;
    rows: Int8Array;
    scales: Float32Array;
    dimension: number;
  }): StaticTableHandle;
  /** WordPiece ids without special tokens: text i's are ids[offsets[i] .. offsets[i + 1]). */
  wordPieceIds(
    table: StaticTableHandle,
    texts: PackedTexts,
  ): { readonly offsets: BigUint64Array; readonly ids: Uint32Array };
  /** Rows of static and hashed parts side by side. */
  encodeTexts(plan: EncodePlan): Promise<void>;
}
