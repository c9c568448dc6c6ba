import type { NamedTensor } from './safetensors.js';

/** What a training run needs to go on exactly where it was: arrays, and small values as JSON. */
export interface TrainingState {
  readonly tensors: Readonly<Record<string, NamedTensor>>;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Where a trainer keeps its state between kills. Saving is atomic: the state before, or the one after. */
export interface Checkpoint {
  load(): Promise<TrainingState | undefined>;
  save(state: TrainingState): Promise<void>;
}
