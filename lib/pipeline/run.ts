import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readJson, writeJson } from '../artifacts/index.js';
import { CohearError } from '../errors/index.js';
import { applyOverrides, type Config, type Override, resolveConfig } from './config/index.js';
import { type RunOptions, type RunResult, runStages } from './engine.js';
import { pipelineStages } from './stages/index.js';
import { version } from './version.js';

export interface PipelineOptions
  extends Pick<RunOptions<Config>, 'force' | 'verify' | 'keep' | 'onEvent' | 'onProgress' | 'signal'> {
  readonly config: Config;
  readonly workdir: string;
}

/** `config.json` of a run's folder: the config of its last run, whole. */
interface StoredConfig {
  readonly cohear: string;
  readonly config: Config;
}

/**
 * Runs all stages on a config and remembers the config in the run's folder.
 * @throws CohearError as {@link runStages}
 */
export async function runPipeline({ config, workdir, ...options }: PipelineOptions): Promise<RunResult> {
  return runStages({
    ...options,
    stages: pipelineStages,
    config,
    seed: config.seed,
    workdir,
    onStart: () =>
      writeJson(join(resolve(workdir), 'config.json'), { cohear: version, config } satisfies StoredConfig),
  });
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
