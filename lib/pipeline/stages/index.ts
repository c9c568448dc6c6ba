import { CohearError } from '../../errors/index.js';
import type { Config } from '../config/index.js';
import type { StoredRun } from '../read.js';
import type { Recommendations } from '../recommendations.js';
import type { AnyStage } from '../stage.js';

/** The stages of a run, in order: each comes after those that it needs. */
export const pipelineStages: readonly AnyStage<Config>[] = [];

/** Answers questions from a finished run's artifacts. */
export async function serve(run: StoredRun): Promise<Recommendations> {
  throw new CohearError('ERR_MISSING', `${run.workdir}: this build has no stages that recommend`);
}
