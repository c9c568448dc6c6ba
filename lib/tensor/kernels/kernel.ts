import * as tf from '@tensorflow/tfjs-core';
import { BACKEND, type CohearBackend } from '../backend.js';

export interface KernelArguments {
  readonly inputs: tf.NamedTensorInfoMap;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly backend: CohearBackend;
}

/** Runs natively, or returns null when these inputs are not its case (other dtype, shape, option). */
export type NativeKernel = (call: KernelArguments) => tf.TensorInfo | tf.TensorInfo[] | null;

/** Registers `native` for our backend; what it declines goes to the kernel inherited from tfjs's CPU backend. */
export function registerNative(kernelName: string, native: NativeKernel): void {
  const inherited = tf.getKernel(kernelName, 'cpu').kernelFunc;
  tf.unregisterKernel(kernelName, BACKEND);
  tf.registerKernel({
    kernelName,
    backendName: BACKEND,
    kernelFunc: (call) => native(call as unknown as KernelArguments) ?? inherited(call),
  });
}
