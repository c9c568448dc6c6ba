import type { Checkpoint, TrainingState } from '../lib/artifacts/index.js';

/** A checkpoint that lives in memory, for trainings that are cut and called again. */
export function memoryCheckpoint(): Checkpoint {
  let saved: TrainingState | undefined;
  return {
    load: async () => structuredClone(saved),
    save: async (state) => {
      saved = structuredClone(state);
    },
  };
}
