import { onBackend, type TensorSetting } from '../../tensor/index.js';
import type { Config } from '../config/index.js';
import type { Needs, Stage } from '../stage.js';

type Set<Slice> = Slice & { readonly training: TensorSetting };

/** A stage that computes with tensors: on the backend and in the precision of the config, which its record tells. */
export function defineTensorStage<Slice extends object, const N extends Needs, Output>(
  stage: Stage<Config, Slice, N, Output>,
): Stage<Config, Set<Slice>, N, Output> {
  const more: Pick<Stage<Config, Set<Slice>, N, Output>, 'slice' | 'identity' | 'run'> = {
    slice: (config) => ({ ...stage.slice(config), training: config.training }),
    identity({ training, ...rest }) {
      const slice = rest as unknown as Slice;
      const own = stage.identity ? stage.identity(slice) : slice;
      const usual = training.backend === 'cohear' && training.precision === 'float32';
      return usual ? own : { own, training };
    },
    run: (context) => onBackend(context.config.training, () => stage.run(context)),
  };
  return { ...(stage as unknown as Stage<Config, Set<Slice>, N, Output>), ...more };
}
