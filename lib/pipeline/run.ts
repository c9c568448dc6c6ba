import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeAtomic, writeJson } from '../artifacts/index.js';
import { formatSimilar, formatTable } from '../evaluation/index.js';
import { onBackend } from '../tensor/index.js';
import { writeModelCard } from './card.js';
import type { Config } from './config/index.js';
import { type RunOptions, type RunResult, runStages } from './engine.js';
import { formatLeakcheck, leakcheck, requireNoLeaks } from './leakcheck/index.js';
import type { AnyStage } from './stage.js';
import type { Judgement } from './stages/evaluation.js';
import { stagesOf } from './stages/index.js';
import type { StoredConfig } from './stored-config.js';
import { formatTradeoff } from './tradeoff.js';
import { version } from './version.js';

export interface PipelineOptions
  extends Pick<RunOptions<Config>, 'force' | 'verify' | 'keep' | 'onEvent' | 'onProgress' | 'signal'> {
  readonly config: Config;
  readonly workdir: string;
  /** Check afterwards that nothing made for a moment holds what came later (default true). */
  readonly leakcheck?: boolean | undefined;
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
 * models either way. It ends with the check for leaks.
 * @throws CohearError as {@link runStages} and {@link leakcheck}; ERR_VALUE that names the leaks, where there are any
 */
export async function runPipeline({
  config,
  workdir,
  leakcheck: check = true,
  ...options
}: PipelineOptions): Promise<RunResult> {
  const folder = resolve(workdir);
  const stages = stagesOf(config);
  await onBackend(config.training, async () => {}); // says now, not after an hour, that it is not there
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
  await writeAtomic(
    files[1],
    `${[
      formatTable(evaluation),
      ...(evaluation.similar ? [formatSimilar(evaluation.similar)] : []),
      ...(evaluation.tradeoff ? [formatTradeoff(evaluation.tradeoff)] : []),
    ].join('\n\n')}\n`,
  );
  await writeModelCard(folder, config, result, judgement);
  if (check) {
    const { onEvent, onProgress, signal } = options;
    const found = await leakcheck(workdir, { onProgress, signal });
    requireNoLeaks(found);
    onEvent?.({ type: 'message', stage: 'leakcheck', text: formatLeakcheck(found).split('\n')[0]! });
  }
  return result;
}
