import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { CohearError } from '../errors/index.js';
import type { BACKEND } from './backend.js';
import { type MatMulPrecision, matMulPrecision, setMatMulPrecision } from './gemm.js';

/** cohear: ours; cpu: tfjs's own, in JavaScript; tensorflow: that of @tensorflow/tfjs-node, where it is installed. */
export type BackendName = typeof BACKEND | 'cpu' | 'tensorflow';

/**
 * Sets the backend that tensors are made on from here on. Models run on all of them: where our fused operations have
 * no kernel they are composed of plain tfjs ones. Embedding tables need `cohear`.
 *
 * @tensorflow/tfjs-node is looked for from the working directory, then in the folder that the environment variable
 * COHEAR_TFJS_NODE names (one that holds node_modules).
 * @throws CohearError ERR_MISSING when it cannot be loaded
 */
export async function selectBackend(name: BackendName): Promise<void> {
  if (name === 'tensorflow' && tf.findBackendFactory(name) === null) loadTfjsNode();
  await tf.setBackend(name);
  // tfjs's own CPU backend advises to install another one: it was asked for by name.
  if (name === 'cpu') (tf.backend() as unknown as { firstUse: boolean }).firstUse = false;
}

/** Where work on tensors is done, and how its matrices are multiplied. */
export interface TensorSetting {
  readonly backend: BackendName;
  /** bf16 is for `cohear` alone. */
  readonly precision: MatMulPrecision;
}

/**
 * Does `work` on a backend, then sets again what was set.
 * @throws CohearError ERR_MISSING as {@link selectBackend}; ERR_VALUE for bf16 on another backend than `cohear`, or on a
 *   CPU that has none
 */
export async function onBackend<T>(
  { backend, precision }: TensorSetting,
  work: () => Promise<T>,
): Promise<T> {
  if (precision === 'bf16' && backend !== 'cohear')
    throw new CohearError(
      'ERR_VALUE',
      `precision bf16 is there on the backend cohear alone, got backend ${backend}; leave one of them out`,
    );
  const before = { backend: tf.getBackend() as BackendName, precision: matMulPrecision() };
  try {
    await selectBackend(backend);
    setMatMulPrecision(precision);
    return await work();
  } finally {
    setMatMulPrecision(before.precision);
    await selectBackend(before.backend);
  }
}

function loadTfjsNode(): void {
  const folders = [process.cwd(), process.env.COHEAR_TFJS_NODE].filter((folder) => folder !== undefined);
  const causes: string[] = [];
  for (const folder of folders) {
    if (!existsSync(folder)) causes.push(`${folder} does not exist`);
    try {
      createRequire(join(folder, 'package.json'))('@tensorflow/tfjs-node');
      return;
    } catch (error) {
      causes.push((error as Error).message.split('\n')[0]!);
    }
  }
  throw new CohearError(
    'ERR_MISSING',
    `the backend tensorflow needs @tensorflow/tfjs-node, which could not be loaded (${causes.join('; ')}). ` +
      'Install it beside your program, or name a folder that has it in COHEAR_TFJS_NODE',
  );
}
