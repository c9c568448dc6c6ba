import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { CohearError } from '../errors/index.js';
import type { CoreAddon } from './core.js';
import type { GraphAddon } from './graph.js';
import type { LinalgAddon } from './linalg.js';
import type { RetrievalAddon } from './retrieval.js';
import type { SamplerAddon } from './sampler.js';
import type { TensorAddon } from './tensor.js';
import type { TextAddon } from './text.js';

/** The typed contract with the native module: one interface per layer of native/node. */
export type Addon = CoreAddon &
  GraphAddon &
  SamplerAddon &
  RetrievalAddon &
  LinalgAddon &
  TensorAddon &
  TextAddon;

function load(): Addon {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const require = createRequire(import.meta.url);
  try {
    const addon = require('node-gyp-build')(root) as Addon;
    addon.setErrorClass(CohearError);
    return addon;
  } catch (cause) {
    throw new CohearError(
      'ERR_MISSING',
      `cohear's native module could not be loaded for ${process.platform}-${process.arch}, Node ${process.version}. ` +
        'In a checkout run `npm run setup`; otherwise reinstall cohear, or report this platform. ' +
        `Cause: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** The native module, loaded once per environment. Only lib/<layer> files call it, through their own wrappers. */
export const addon: Addon = load();
