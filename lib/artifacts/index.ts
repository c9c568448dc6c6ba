export type { Checkpoint, TrainingState } from './checkpoint.js';
export { fingerprint, hashFile, readJson, writeAtomic, writeJson } from './files.js';
export { type Matrix, matrix, normalizeRows, row } from './matrix.js';
export { isRunning, type ProcessMark, thisProcess } from './process-mark.js';
export { RowWriter } from './row-writer.js';
export { nativeRows, type Rows, RowTable, rowReader, type Storage } from './rows.js';
export {
  type NamedTensor,
  readSafetensors,
  readSafetensorsHeader,
  type SafetensorsHeader,
  type TensorArray,
  type TensorPlace,
  type TensorType,
  writeSafetensors,
} from './safetensors.js';
