/**
 * tfjs-core (`tf`) on the native backend `cohear`, which importing this module registers and sets, and the
 * fused operations with gradients that tfjs lacks.
 */
import './register.js';
import './kernels/elementwise.js';
import './kernels/gather.js';
import './kernels/layout.js';
import './kernels/mat-mul.js';
import './kernels/reduce.js';
import * as tf from '@tensorflow/tfjs-core';

export { type AdagradOptions, FusedAdagrad } from './adagrad.js';
export { type AdamOptions, FusedAdam } from './adam.js';
export { BACKEND, CohearBackend, setMemoryLimit } from './backend.js';
export { composedSampledSoftmaxLoss } from './composed-softmax.js';
export { type DenseActivation, dense } from './dense.js';
export {
  type EmbeddingOptions,
  EmbeddingRows,
  type EmbeddingState,
  EmbeddingTable,
} from './embedding.js';
export { gemmInfo, type MatMulPrecision, matMulPrecision, setMatMulPrecision } from './gemm.js';
export {
  aggregateInto,
  type BorrowedFloats,
  borrowFloats,
  type DenseWeights,
  denseInto,
  normalizeInPlace,
} from './in-place.js';
export { composedMaxMarginLoss, maxMarginLoss } from './max-margin.js';
export type { PoolUse } from './memory.js';
export { l2Normalize } from './normalize.js';
export { FusedOptimizer, type OptimizerState } from './optimizer.js';
export { Parameters } from './parameters.js';
export { readRows, tableRows } from './rows.js';
export { type SampledSoftmaxOptions, type SoftmaxNegatives, sampledSoftmaxLoss } from './sampled-softmax.js';
export { cosineDecay, type DecayOptions, linearDecay, type Schedule } from './schedule.js';
export {
  type AggregateBlock,
  type AggregateMode,
  composedGatherAggregate,
  gatherAggregate,
  type TransposedBlock,
  transposeBlock,
} from './segment.js';
export { type BackendName, onBackend, selectBackend, type TensorSetting } from './select.js';
export { encodeTable, gatherAggregateTable, type SourceTable, type TableElement } from './source-table.js';
export { exportTraining, importTraining } from './training-state.js';
export { usedPlaces, usedRows } from './used-rows.js';
export { tf };
