import { join } from 'node:path';
import { writeAtomic, writeJson } from '../artifacts/index.js';
import { formatTable } from '../evaluation/index.js';
import type { Config } from './config/index.js';
import { type RunOptions, type RunResult, runStages } from './engine.js';
import { closure } from './outputs.js';
import type { AnyStage } from './stage.js';
import { evaluationStage, type Judgement } from './stages/evaluation.js';

/** What `evaluation.json` holds. */
export interface EvaluationFile extends Judgement {
  /** Seconds of each stage's work, whenever it was done. */
  readonly seconds: Readonly<Record<string, number>>;
  readonly peak_rss_mb: number;
}

/** The stages of a config, in order: those that its systems are made from, and their evaluation. */
export function stagesOf(config: Config): AnyStage<Config>[] {
  const last = evaluationStage(config.evaluation.systems) as unknown as AnyStage<Config>;
  return [...(closure(last as AnyStage) as unknown as AnyStage<Config>[]), last];
}

/**
 * The whole run: from the event log to judged recommendations. Writes `manifest.json`, `evaluation.json` and the
 * same as a readable `evaluation.txt` into the workdir.
 * @throws CohearError what {@link runStages} throws
 */
export async function run(
  config: Config,
  options: Omit<RunOptions<Config>, 'stages' | 'config' | 'seed'>,
): Promise<{ result: RunResult; evaluation: EvaluationFile }> {
  const stages = stagesOf(config);
  const result = await runStages({ ...options, stages, config, seed: config.seed });
  const judgement = (await result.output(stages.at(-1) as AnyStage)) as Judgement;
  const evaluation = { ...judgement, seconds: result.seconds, peak_rss_mb: result.peakRssMb };
  await writeJson(join(options.workdir, 'evaluation.json'), evaluation);
  await writeAtomic(join(options.workdir, 'evaluation.txt'), `${formatTable(evaluation)}\n`);
  return { result, evaluation };
}
