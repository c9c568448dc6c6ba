import { addon } from '../native/index.js';

/**
 * What multiplies matrices here, and why it was picked. Chosen once per process: our own kernel ("cohear") on
 * processors with AVX2 and no AVX-512, on others oneDNN, else a CBLAS, else our own; the environment variable
 * COHEAR_GEMM=onednn|cblas|cohear forces one.
 * bf16: whether this CPU multiplies bfloat16.
 */
export const gemmInfo = (): { name: 'onednn' | 'cblas' | 'cohear'; why: string; bf16: boolean } =>
  addon.gemmInfo();

export type MatMulPrecision = 'float32' | 'bf16';

/** What {@link setMatMulPrecision} set. */
export const matMulPrecision = (): MatMulPrecision => (addon.bf16() ? 'bf16' : 'float32');

/**
 * The precision of every matrix product of the backend from here on, in the whole process: matMul, dense layers,
 * the logits of sampledSoftmaxLoss, and the gradients of these. Sums, weights and all else stay float32. In bf16
 * operands are rounded to 8 bits of mantissa (a relative error of up to 2^-9 each), about twice as fast.
 * @throws CohearError ERR_VALUE for bf16 on a CPU without AVX512-BF16 ({@link gemmInfo}`().bf16` tells)
 */
export const setMatMulPrecision = (precision: MatMulPrecision): void => addon.setBf16(precision === 'bf16');
