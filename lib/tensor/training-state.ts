import type { NamedTensor } from '../artifacts/index.js';
import { require } from '../errors/index.js';
import type { FusedAdam } from './adam.js';
import type { Parameters } from './parameters.js';

/** Weights and optimiser as named tensors, by parameter name: what a checkpoint needs to go on with the same bits. */
export function exportTraining(parameters: Parameters, optimizer: FusedAdam): Record<string, NamedTensor> {
  const { step, first, second } = optimizer.state();
  const tensors = parameters.export('weights.');
  for (const [name, variable] of parameters.entries()) {
    tensors[`adam.first.${name}`] = { data: first[variable.name]!, shape: variable.shape };
    tensors[`adam.second.${name}`] = { data: second[variable.name]!, shape: variable.shape };
  }
  tensors['adam.step'] = { data: Float64Array.of(step), shape: [1] };
  return tensors;
}

/**
 * Restores what {@link exportTraining} gave.
 * @throws CohearError ERR_SHAPE or ERR_FORMAT when it is of another model
 */
export function importTraining(
  tensors: Readonly<Record<string, NamedTensor>>,
  parameters: Parameters,
  optimizer: FusedAdam,
): void {
  parameters.import(tensors, 'weights.');
  const moments = (which: string) =>
    Object.fromEntries(
      [...parameters.entries()].map(([name, variable]) => {
        const tensor = tensors[`adam.${which}.${name}`];
        require(tensor !== undefined, 'ERR_FORMAT', () => `checkpoint: adam.${which}.${name} is missing`);
        return [variable.name, tensor.data as Float32Array];
      }),
    );
  const step = tensors['adam.step'];
  require(step !== undefined, 'ERR_FORMAT', 'checkpoint: adam.step is missing');
  optimizer.restore({ step: Number(step.data[0]), first: moments('first'), second: moments('second') });
}
