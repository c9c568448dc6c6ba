import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readJson } from '../artifacts/index.js';
import { CohearError } from '../errors/index.js';
import { applyOverrides, type Config, type Override, resolveConfig } from './config/index.js';

/** `config.json` of a run's folder: the config of its last run, whole. */
export interface StoredConfig {
  readonly cohear: string;
  readonly config: Config;
}

/**
 * The config of the last run in a folder, with overrides put in.
 * @throws CohearError ERR_CONFIG when there is none or an override is wrong, ERR_FORMAT when it is damaged
 */
export async function storedConfig(workdir: string, overrides: readonly Override[] = []): Promise<Config> {
  const path = join(resolve(workdir), 'config.json');
  if (!existsSync(path))
    throw new CohearError(
      'ERR_CONFIG',
      `${resolve(workdir)} holds no run (no config.json): make one with \`cohear run\``,
    );
  const stored = await readJson<StoredConfig>(path).catch((cause: Error) => {
    throw new CohearError(
      'ERR_FORMAT',
      `${path} is damaged: ${cause.message}. Run \`cohear run\` with its config again`,
      {
        cause,
      },
    );
  });
  return resolveConfig(applyOverrides(stored.config, overrides), stored.config.folder, path);
}
