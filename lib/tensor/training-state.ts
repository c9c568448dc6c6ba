import type { NamedTensor } from '../artifacts/index.js';
import { require } from '../errors/index.js';
import type { FusedOptimizer } from './optimizer.js';
import type { Parameters } from './parameters.js';

/** Weights and optimiser as named tensors, by parameter name: what a checkpoint needs to go on with the same bits. */
export function exportTraining(
  parameters: Parameters,
  optimizer: FusedOptimizer,
): Record<string, NamedTensor> {
  const { step, moments } = optimizer.state();
  const tensors = parameters.export('weights.');
  for (const [name, variable] of parameters.entries())
    for (const [moment, values] of Object.entries(moments))
      tensors[`${optimizer.name}.${moment}.${name}`] = {
        data: values[variable.name]!,
        shape: variable.shape,
      };
  tensors[`${optimizer.name}.step`] = { data: Float64Array.of(step), shape: [1] };
  return tensors;
}

/**
 * Restores what {@link exportTraining} gave.
 * @throws CohearError ERR_SHAPE or ERR_FORMAT when it is of another model
 */
export function importTraining(
  tensors: Readonly<Record<string, NamedTensor>>,
  parameters: Parameters,
  optimizer: FusedOptimizer,
): void {
  const found = (name: string): NamedTensor => {
    const tensor = tensors[`${optimizer.name}.${name}`];
    require(tensor !== undefined, 'ERR_FORMAT', () => `checkpoint: ${optimizer.name}.${name} is missing`);
    return tensor;
  };
  parameters.import(tensors, 'weights.');
  const valuesOf = (moment: string) =>
    Object.fromEntries(
      [...parameters.entries()].map(([name, variable]) => [
        variable.name,
        found(`${moment}.${name}`).data as Float32Array,
      ]),
    );
  optimizer.restore({
    step: Number(found('step').data[0]),
    moments: Object.fromEntries(optimizer.moments.map((moment) => [moment, valuesOf(moment)])),
  });
}
