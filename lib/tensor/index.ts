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

export { type AdamOptions, type AdamState, FusedAdam } from './adam.js';
export { BACKEND, CohearBackend, setMemoryLimit } from './backend.js';
export { type DenseActivation, dense } from './dense.js';
export { gemmInfo, type MatMulPrecision, matMulPrecision, setMatMulPrecision } from './gemm.js';
export { composedMaxMarginLoss, maxMarginLoss } from './max-margin.js';
export type { PoolUse } from './memory.js';
export { l2Normalize } from './normalize.js';
export { Parameters } from './parameters.js';
export { tableRows } from './rows.js';
export { type SampledSoftmaxOptions, type SoftmaxNegatives, sampledSoftmaxLoss } from './sampled-softmax.js';
export {
  type AggregateBlock,
  type AggregateMode,
  composedGatherAggregate,
  gatherAggregate,
} from './segment.js';
export { exportTraining, importTraining } from './training-state.js';
export { tf };
