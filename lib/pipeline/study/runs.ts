import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { readJson, writeJson } from '../../artifacts/index.js';
import { require } from '../../errors/index.js';
import type { Judged, RankedSystem } from '../../evaluation/index.js';
import type { Config } from '../config/index.js';
import { type RunOptions, type RunResult, runStages } from '../engine.js';
import { readRanks } from '../ranks.js';
import { openSources } from '../sources.js';
import type { AnyStage } from '../stage.js';
import type { Judgement } from '../stages/evaluation.js';
import { stagesOf } from '../stages/index.js';
import { planOf } from './plan.js';

/** What a study keeps of a run: its figures, its ranks, what it cost. */
export interface KeptRun {
  readonly judgement: Judgement;
  readonly judged: Judged;
  readonly systems: readonly RankedSystem[];
  readonly stages: Readonly<Record<string, StageCost>>;
}

/** What a stage took and counted, whenever it was made. */
export interface StageCost {
  readonly seconds: number;
  readonly peakRssMb: number;
  readonly counts: Readonly<Record<string, number>>;
}

type Work = Pick<RunOptions<Config>, 'onEvent' | 'onProgress' | 'signal'>;

const RECORD = 'run.json';
const RANKS = 'ranks.safetensors';

/**
 * The runs of studies in a folder: each is run once on the folder's stages, which all share, and its outcome kept in
 * `study/<plan>/` apart from the artifacts, which are pruned. The folder's own run stays what it was.
 */
export class StudyRuns {
  readonly #root: string;
  readonly #asked = new Map<string, Promise<unknown>>();

  constructor(readonly workdir: string) {
    this.#root = join(resolve(workdir), 'study');
  }

  /** The folder in which the outcome of a config is kept, or will be. */
  async folderOf(config: Config): Promise<string> {
    require(config.split.by !==
      'none', 'ERR_CONFIG', 'split.by: "none" holds nothing out, so nothing can be compared');
    await mkdir(this.#root, { recursive: true });
    const sources = await openSources(resolve(this.workdir));
    const plan = await planOf(stagesOf(config), config, config.seed, sources, this.#asked);
    return join(this.#root, plan.slice(0, 16));
  }

  /** Runs `stages` of a config beside the folder's own run. */
  stages(config: Config, stages: readonly AnyStage<Config>[], work: Work): Promise<RunResult> {
    return runStages({ ...work, stages, config, seed: config.seed, workdir: this.workdir, current: false });
  }

  /** Runs all stages of a config and keeps the outcome in `folder`. */
  async make(config: Config, folder: string, work: Work): Promise<void> {
    const stages = stagesOf(config);
    const result = await this.stages(config, stages, work);
    const records = Object.entries(result.manifest.stages);
    const temporary = `${folder}.tmp`;
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary, { recursive: true });
    const { folder: artifact } = result.manifest.stages.evaluation!;
    await cp(join(resolve(this.workdir), artifact, RANKS), join(temporary, RANKS));
    await writeJson(join(temporary, RECORD), {
      config,
      judgement: await result.output(stages.at(-1)! as AnyStage),
      stages: Object.fromEntries(
        records.map(([name, { seconds, peakRssMb, counts }]) => [name, { seconds, peakRssMb, counts }]),
      ),
    });
    await rm(folder, { recursive: true, force: true });
    await rename(temporary, folder);
  }

  has(folder: string): boolean {
    return existsSync(join(folder, RECORD));
  }

  /** A folder of {@link folderOf} as the run's folder calls it. */
  relative(folder: string): string {
    return `study/${basename(folder)}`;
  }

  /** What was kept in a folder of {@link folderOf}; undefined where the run is not finished. */
  async read(folder: string): Promise<KeptRun | undefined> {
    if (!this.has(folder)) return undefined;
    const { judgement, stages } = await readJson<Pick<KeptRun, 'judgement' | 'stages'>>(join(folder, RECORD));
    return { judgement, stages, ...(await readRanks(folder)) };
  }

  /** Removes what a killed process left half done. */
  async clean(): Promise<void> {
    for (const name of existsSync(this.#root) ? await readdir(this.#root) : [])
      if (name.endsWith('.tmp')) await rm(join(this.#root, name), { recursive: true, force: true });
  }
}
