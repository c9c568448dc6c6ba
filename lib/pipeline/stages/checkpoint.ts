import type { Checkpoint as TrainerCheckpoint } from '../../artifacts/index.js';
import { readSafetensors, writeSafetensors } from '../../artifacts/index.js';
import type { Checkpoint } from '../checkpoint.js';

/**
 * A stage's checkpoint as trainers use it: one safetensors file, the values as JSON in its metadata. A stage that
 * trains several models names each.
 */
export function trainerCheckpoint(checkpoint: Checkpoint, name = 'training.safetensors'): TrainerCheckpoint {
  return {
    load: () =>
      checkpoint.load(name, async (path) => {
        const { tensors, metadata } = await readSafetensors(path);
        return { tensors, values: JSON.parse(metadata.values ?? '{}') as Record<string, unknown> };
      }),
    save: ({ tensors, values }) =>
      checkpoint.save(name, (path) => writeSafetensors(path, tensors, { values: JSON.stringify(values) })),
  };
}
