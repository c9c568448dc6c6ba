import { join } from 'node:path';
import { type Matrix, matrix, readSafetensors, writeSafetensors } from '../../artifacts/index.js';
import { CohearError } from '../../errors/index.js';

/** Writes named matrices as one safetensors file. */
export async function writeMatrices(path: string, matrices: Readonly<Record<string, Matrix>>): Promise<void> {
  const tensors = Object.entries(matrices).map(([name, m]) => [
    name,
    { data: m.data, shape: [m.rows, m.cols] },
  ]);
  await writeSafetensors(path, Object.fromEntries(tensors));
}

/** Reads one matrix that {@link writeMatrices} wrote. */
export async function readMatrix(folder: string, file: string, name: string): Promise<Matrix> {
  const path = join(folder, file);
  const tensor = (await readSafetensors(path)).tensors[name];
  if (tensor === undefined || tensor.shape.length !== 2 || !(tensor.data instanceof Float32Array)) {
    throw new CohearError(
      'ERR_FORMAT',
      `${path}: want an f32 matrix "${name}"; make the run again with --force`,
    );
  }
  return matrix(tensor.shape[0]!, tensor.shape[1]!, tensor.data);
}
