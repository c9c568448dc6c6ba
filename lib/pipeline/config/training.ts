import { z } from 'zod';

/** Where the networks are trained and applied. */
export const trainingSchema = z.strictObject({
  backend: z
    .enum(['cohear', 'tensorflow', 'cpu'])
    .default('cohear')
    .describe(
      "What computes. cohear: this package's own kernels. tensorflow: @tensorflow/tfjs-node, where it is installed (from the working directory, or the folder that COHEAR_TFJS_NODE names). cpu: tfjs's own JavaScript, slow. Results differ in their last bits.",
    ),
  precision: z
    .enum(['float32', 'bf16'])
    .default('float32')
    .describe(
      'Of matrix products. bf16: operands rounded to 8 bits of mantissa, faster where the CPU has AVX512-BF16; sums, weights and all else stay float32. Only with backend cohear.',
    ),
});
