import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { CohearError } from '../errors/index.js';
import type { BACKEND } from './backend.js';

/** cohear: ours; cpu: tfjs's own, in JavaScript; tensorflow: that of @tensorflow/tfjs-node, where it is installed. */
export type BackendName = typeof BACKEND | 'cpu' | 'tensorflow';

/**
 * Sets the backend that tensors are made on from here on. Models run on all of them: where our fused operations have
 * no kernel they are composed of plain tfjs ones. The fused optimisers and embedding tables need `cohear`.
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
