/** Rows of numbers in a mapped file. Given back by the garbage collector, or at once by close(). */
export interface RowFileHandle {
  close(): void;
  readonly closed: boolean;
}

/** Exports of native/node/tensor*.cc and row_file.cc: synchronous; they write into arrays that the caller made. */
export interface TensorAddon {
  gemmInfo(): { name: 'onednn' | 'cblas' | 'cohear'; why: string; bf16: boolean };
  setBf16(on: boolean): void;
  bf16(): boolean;
  /** shape: m, n, k, transposeA, transposeB, batchA, batchB, activation, whether to add to out. */
  matMul(
    a: Float32Array,
    b: Float32Array,
    out: Float32Array,
    bias: Float32Array | null,
    shape: Uint32Array,
    leak: number,
  ): void;
  /** relu when y is given. */
  denseGradient(
    y: Float32Array | null,
    dy: Float32Array,
    columns: number,
    dz: Float32Array | null,
    dbias: Float32Array | null,
  ): void;
  normalizeRows(
    x: Float32Array,
    width: number,
    epsilon: number,
    out: Float32Array,
    norms: Float32Array,
  ): void;
  normalizeRowsGradient(
    y: Float32Array,
    dy: Float32Array,
    norms: Float32Array,
    width: number,
    epsilon: number,
    dx: Float32Array,
  ): void;
  /**
   * arrays: value, gradient, first moment, second moment, out of each parameter in turn. options: learning rate,
   * beta1, beta2, epsilon, weight decay, clip norm (0: none), step from 1.
   * @returns the global norm of the gradients, 0 when it is not clipped
   */
  adamStep(arrays: Float32Array[], options: Float64Array): number;
  /** arrays: value, gradient, squares, out of each parameter in turn. options: learning rate, epsilon, clip norm. */
  adagradStep(arrays: Float32Array[], options: Float64Array): number;
  /** Changes table [rows, width] and squares [rows] in place; each of `rows` once. */
  embeddingStep(
    table: Float32Array,
    squares: Float32Array,
    width: number,
    rows: Uint32Array,
    gradient: Float32Array,
    learningRate: number,
    epsilon: number,
  ): void;
  /** mode: 0 max, 1 mean, 2 sum; add: to what out holds. */
  gatherAggregate(
    offsets: BigUint64Array,
    indices: Uint32Array,
    x: Float32Array,
    sources: number,
    width: number,
    mode: number,
    weights: Float32Array | null,
    out: Float32Array,
    argmax: Int32Array | null,
    add: boolean,
  ): void;
  /** element: 1 f16, 2 bf16 (both Uint16Array), 3 int8 (with a scale per row). */
  gatherAggregateTable(
    offsets: BigUint64Array,
    indices: Uint32Array,
    values: Uint16Array | Int8Array,
    element: number,
    scales: Float32Array | null,
    sources: number,
    width: number,
    mode: number,
    weights: Float32Array | null,
    out: Float32Array,
  ): void;
  encodeTable(
    data: Float32Array,
    width: number,
    element: number,
  ): { values: Uint16Array | Int8Array; scales?: Float32Array };
  /** element: 0 f32, or as above; `values` and `scales` are where they begin in the file, in bytes. */
  openRows(
    path: string,
    place: { element: number; rows: number; width: number; values: number; scales: number },
  ): RowFileHandle;
  readRows(file: RowFileHandle, rows: Uint32Array, out: Float32Array): void;
  readRowsFrom(file: RowFileHandle, begin: number, out: Float32Array): void;
  gatherAggregateRows(
    offsets: BigUint64Array,
    indices: Uint32Array,
    file: RowFileHandle,
    mode: number,
    weights: Float32Array | null,
    out: Float32Array,
  ): void;
  gatherAggregateGradient(
    offsets: BigUint64Array,
    indices: Uint32Array,
    dy: Float32Array,
    sources: number,
    width: number,
    mode: number,
    weights: Float32Array | null,
    argmax: Int32Array | null,
    dx: Float32Array,
    transposed: { offsets: BigUint64Array; edges: Uint32Array; targets: Uint32Array } | null,
  ): void;
  transposeBlock(
    offsets: BigUint64Array,
    indices: Uint32Array,
    sources: number,
  ): { offsets: BigUint64Array; edges: Uint32Array; targets: Uint32Array };
  /** Writes active (one per negative): what the gradient needs. @returns the loss */
  maxMargin(
    z: Float32Array,
    rows: number,
    width: number,
    anchors: Uint32Array,
    positives: Uint32Array,
    negatives: Uint32Array,
    margin: number,
    active: Uint8Array,
  ): number;
  maxMarginGradient(
    z: Float32Array,
    rows: number,
    width: number,
    anchors: Uint32Array,
    positives: Uint32Array,
    negatives: Uint32Array,
    active: Uint8Array,
    scale: number,
    dz: Float32Array,
  ): void;
  /** Writes every gradient array that is given. @returns the loss */
  sampledSoftmax(
    users: Float32Array,
    width: number,
    temperature: number,
    items: SoftmaxItems,
    extra: SoftmaxItems | null,
    weights: Float32Array | null,
    positiveOffsets: BigUint64Array | null,
    positiveIds: Uint32Array | null,
    usersGradient: Float32Array | null,
  ): number;
  /**
   * op as in native/tensor/elementwise.h; axes: size, step in a, step in b of each. Of f32 or int32, by a; out is
   * Uint8Array for comparisons.
   */
  binary(op: number, a: Elements, b: Elements, axes: Float64Array, out: Elements): void;
  unary(op: number, x: Float32Array, alpha: number, beta: number, out: Float32Array): void;
  /**
   * Steps in one pass. steps: form (0 unary, 1 binary, 2 a row's sum, mean or max), op, kind and index of a, kind and
   * index of b, whether the result is one number for each row; kinds: 0 step, then of the leaves 1 full, 2 row, 3 column,
   * 4 scalar; settings: alpha and beta of each step; outputs: of each step.
   */
  fused(
    rows: number,
    columns: number,
    steps: Int32Array,
    settings: Float32Array,
    leaves: Float32Array[],
    outputs: (Float32Array | null)[],
  ): void;
  /** As fused, over one row: scale times the sum of what the last step gives. */
  fusedSum(
    rows: number,
    columns: number,
    steps: Int32Array,
    settings: Float32Array,
    leaves: Float32Array[],
    outputs: (Float32Array | null)[],
    scale: number,
  ): number;
  select(condition: Uint8Array, a: Elements, b: Elements, out: Elements): void;
  cast(from: Elements, to: Elements): void;
  scaleShiftRows(x: Float32Array, scale: Float32Array, shift: Float32Array, out: Float32Array): void;
  /**
   * kind: 0 sum of rows, 1 sum of columns, 2 max, 3 min, 4 product, 5 softmax of rows; scale is for sums of f32.
   * Of int32 into int32, too, but for 1 and 5.
   */
  reduce<T extends Float32Array | Int32Array>(
    kind: number,
    x: T,
    columns: number,
    scale: number,
    out: T,
  ): void;
  cumulativeSum(
    x: Float32Array,
    columns: number,
    exclusive: boolean,
    reversed: boolean,
    out: Float32Array,
  ): void;
  argBest(x: Float32Array, columns: number, least: boolean, out: Int32Array): void;
  topKOfRows(x: Float32Array, columns: number, k: number, values: Float32Array, indices: Int32Array): void;
  /** axes: size, step in from, step in to of each, in elements. */
  copyStrided(from: Elements, start: number, to: Elements, toStart: number, axes: Float64Array): void;
  /** axes: size, before, after of each; value holds one element. */
  pad(from: Elements, value: Elements, to: Elements, axes: Float64Array): void;
  /** From each of `outer` matrices. @returns false when an index is not a row of x; out is of no use then */
  gatherRows(
    x: Elements,
    outer: number,
    rows: number,
    width: number,
    indices: Int32Array,
    out: Elements,
  ): boolean;
  segmentSum(x: Float32Array, width: number, ids: Int32Array, segments: number, out: Float32Array): void;
}

export type Elements = Float32Array | Int32Array | Uint32Array | Uint8Array;

export interface SoftmaxItems {
  readonly rows: Float32Array;
  readonly logQ: Float32Array | null;
  readonly bias: Float32Array | null;
  readonly ids: Uint32Array;
  readonly gradient: Float32Array | null;
  readonly biasGradient: Float32Array | null;
}
