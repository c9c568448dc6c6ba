import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readJson, writeAtomic, writeJson } from '../artifacts/index.js';
import { CohearError } from '../errors/index.js';
import { formatTable } from '../evaluation/index.js';
import { writeModelCard } from './card.js';
import { applyOverrides, type Config, type Override, resolveConfig } from './config/index.js';
import { type RunOptions, type RunResult, runStages } from './engine.js';
import type { AnyStage } from './stage.js';
import type { Judgement } from './stages/evaluation.js';
import { stagesOf } from './stages/index.js';
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

/** What `evaluation.json` holds. */
export interface EvaluationFile extends Judgement {
  /** Seconds of each stage's work, whenever it was done. */
  readonly seconds: Readonly<Record<string, number>>;
  readonly peak_rss_mb: number;
}

/**
 * Runs all stages on a config, from events to judged recommendations, and remembers the config in the run's
 * folder. Writes the judgement there as `evaluation.json` and, for people, as `evaluation.txt`. Where nothing is held
 * out (`split.by: "none"`) it ends with what is served, and there is neither. `model-card.json` and `.md` describe the
 * models either way.
 * @throws CohearError as {@link runStages}
 */
export async function runPipeline({ config, workdir, ...options }: PipelineOptions): Promise<RunResult> {
  const folder = resolve(workdir);
  const stages = stagesOf(config);
  const result = await runStages({
    ...options,
    stages,
    config,
    seed: config.seed,
    workdir,
    onStart: () => writeJson(join(folder, 'config.json'), { cohear: version, config } satisfies StoredConfig),
  });
  const files = [join(folder, 'evaluation.json'), join(folder, 'evaluation.txt')] as const;
  if (config.split.by === 'none') {
    // What stood there judged another run; the artifact of the evaluation stage keeps it.
    for (const file of files) await rm(file, { force: true });
    await writeModelCard(folder, config, result, null);
    return result;
  }
  const judgement = (await result.output(stages.at(-1) as AnyStage)) as Judgement;
  const evaluation: EvaluationFile = { ...judgement, seconds: result.seconds, peak_rss_mb: result.peakRssMb };
  await writeJson(files[0], evaluation);
  await writeAtomic(files[1], `${formatTable(evaluation)}\n`);
  await writeModelCard(folder, config, result, judgement);
  return result;
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
