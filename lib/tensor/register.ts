// tfjs's CPU backend and its kernels first, then ours over them. Imported for its effect.
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { BACKEND, CohearBackend } from './backend.js';
import './gradients.generated.js';

/** Above tfjs's own backends (cpu 1, webgl 2, node 3). */
const PRIORITY = 10;

for (const kernel of tf.getKernelsForBackend('cpu'))
  if (tf.getKernel(kernel.kernelName, BACKEND) === undefined)
    tf.registerKernel({ ...kernel, backendName: BACKEND });

if (tf.findBackend(BACKEND) === null) tf.registerBackend(BACKEND, () => new CohearBackend(), PRIORITY);
tf.setBackend(BACKEND);
