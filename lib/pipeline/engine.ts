import { mkdir, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fingerprint } from '../artifacts/index.js';
import { CohearError, require } from '../errors/index.js';
import { checkCancelled, type Progress } from '../progress/index.js';
import { openCheckpoint } from './checkpoint.js';
import { lockFolder } from './lock.js';
import { type Manifest, makeManifest, readManifest, writeManifest } from './manifest.js';
import { closure, Outputs } from './outputs.js';
import { openSources } from './sources.js';
import type { AnyStage, Needs, OutputOf, Sources, StageContext } from './stage.js';
import { type StageRecord, Store } from './store.js';
import { version } from './version.js';
import { whyMade } from './why.js';

/** What a run tells of itself as it goes. */
export type RunEvent =
  | {
      readonly type: 'begin';
      readonly stage: string;
      readonly index: number;
      readonly count: number;
      /** Why it is made: "new", "again" (forced or damaged) or what changed. */
      readonly why: string;
    }
  | {
      readonly type: 'done' | 'skipped';
      readonly stage: string;
      readonly index: number;
      readonly count: number;
      readonly record: StageRecord;
    }
  | { readonly type: 'message'; readonly stage: string; readonly text: string };

export interface RunOptions<Config> {
  /** In an order in which each comes after those it needs. */
  readonly stages: readonly AnyStage<Config>[];
  readonly config: Config;
  readonly seed: number;
  /** The run's folder; made when it is not there. */
  readonly workdir: string;
  /** Stages to make again although nothing has changed. Those after them follow when their files differ. */
  readonly force?: readonly string[] | undefined;
  /** Compare all artifacts with their checksums, also those that no stage is about to read (default false). */
  readonly verify?: boolean | undefined;
  /** Artifacts to keep per stage, the ones used last (default 8). */
  readonly keep?: number | undefined;
  /**
   * Whether this becomes the folder's run, the one in `manifest.json` (default true). If not, the stages that both
   * share are shared, and what makes up the folder's run is kept besides.
   */
  readonly current?: boolean | undefined;
  /** Called once the folder is locked, before the first stage. */
  readonly onStart?: (() => Promise<void>) | undefined;
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
  readonly onProgress?: Progress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A complete run. */
export interface RunResult {
  readonly manifest: Manifest;
  /** Seconds that each stage's work took, whenever that was. */
  readonly seconds: Readonly<Record<string, number>>;
  /** The highest resident memory of any stage's process. */
  readonly peakRssMb: number;
  /** The output of a stage of this run. */
  output<S extends AnyStage>(stage: S): Promise<OutputOf<S>>;
}

/**
 * Brings the run in `workdir` up to date: stages whose artifact is there and unchanged are skipped, the others
 * made in order. A run that was killed goes on where it was, and ends with the same bits.
 *
 * @throws CohearError ERR_CANCELLED after `signal`; ERR_IO when another process has the folder; ERR_CONFIG when
 * `force` names no stage; whatever a stage throws
 */
export async function runStages<Config>(options: RunOptions<Config>): Promise<RunResult> {
  const names = options.stages.map((stage) => stage.name);
  for (const name of options.force ?? [])
    require(names.includes(name), 'ERR_CONFIG', () =>
      `no stage is named "${name}"; the stages are ${names.join(', ')}`);
  const workdir = resolve(options.workdir);
  await mkdir(workdir, { recursive: true });
  const unlock = await lockFolder(workdir);
  try {
    await options.onStart?.();
    return await new Run(options, workdir, await openSources(workdir)).go();
  } finally {
    await unlock();
  }
}

const cancelled = (where: string, cause?: unknown): CohearError =>
  new CohearError('ERR_CANCELLED', `stopped ${where}; the same command goes on from there`, { cause });

class Run<Config> {
  readonly #store: Store;
  readonly #records = new Map<string, StageRecord>();
  readonly #outputs: Outputs;
  /** Fingerprints of artifacts whose checksums hold: compared in this run, or made by it. */
  readonly #sound = new Set<string>();
  readonly #forced: Set<string>;
  readonly #signal: AbortSignal;

  constructor(
    private readonly options: RunOptions<Config>,
    workdir: string,
    private readonly sources: Sources,
  ) {
    this.#store = new Store(workdir);
    this.#outputs = new Outputs(workdir, (stage) => this.#records.get(stage)!);
    this.#forced = new Set(options.force);
    this.#signal = options.signal ?? new AbortController().signal;
  }

  async go(): Promise<RunResult> {
    const { stages, keep = 8, current = true } = this.options;
    for (const { name } of stages) await this.#store.clean(name);
    const before = await readManifest(this.#store.root).then(
      ({ stages }) => stages,
      (): Manifest['stages'] => ({}), // none yet, or damaged: every artifact has its own record
    );
    const told = new Set<string>();
    let index = 0;
    while (index < stages.length) {
      const stage = stages[index]!;
      if (this.#signal.aborted) throw cancelled(`before stage "${stage.name}"`);
      const at = { stage: stage.name, index, count: stages.length };
      const print = await this.#fingerprint(stage);
      let record = await this.#usable(stage, print);
      const made = record === undefined;
      if (record === undefined) {
        const damaged = await this.#damagedBefore(index);
        if (damaged !== undefined) {
          index = damaged; // make that one again, then come back; what it changes shows in the fingerprints
          continue;
        }
        this.options.onEvent?.({ type: 'begin', ...at, why: this.#why(stage, print, before[stage.name]) });
        record = await this.#make(stage, print);
        this.options.onEvent?.({ type: 'done', ...at, record });
        told.add(print);
      } else if (!told.has(print)) {
        this.options.onEvent?.({ type: 'skipped', ...at, record });
        told.add(print);
      }
      this.#records.set(stage.name, record);
      index++;
      this.#outputs.keepFor(stages.slice(index));
      if (made && current) await writeManifest(this.#store.root, this.#manifest());
    }
    for (const record of this.#records.values()) await this.#store.touch(record);
    const besides = current ? [] : Object.values(before).map(({ folder }) => folder);
    for (const { name } of stages) await this.#store.prune(name, Math.max(1, keep), besides);
    const manifest = this.#manifest();
    if (current) await writeManifest(this.#store.root, manifest);
    return this.#result(manifest);
  }

  #manifest(): Manifest {
    return makeManifest(this.options.seed, this.#ordered());
  }

  /** Records in the order of the stages, which a stage made again would otherwise leave. */
  #ordered(): Map<string, StageRecord> {
    const found = this.options.stages.flatMap(({ name }) => {
      const record = this.#records.get(name);
      return record === undefined ? [] : [[name, record] as const];
    });
    return new Map(found);
  }

  async #fingerprint(stage: AnyStage<Config>): Promise<string> {
    const slice = stage.slice(this.options.config);
    const external = await stage.external?.(slice, this.sources);
    return fingerprint({
      stage: stage.name,
      version: stage.version,
      config: (stage.identity ? stage.identity(slice) : slice) ?? null,
      seed: stage.seeded ? this.options.seed : null,
      external: external ?? null,
      needs: this.#needs(stage),
    });
  }

  #needs(stage: AnyStage<Config>): StageRecord['needs'] {
    const entries = Object.entries(stage.needs).map(([name, need]) => {
      const record = this.#records.get(need.name);
      require(record, 'ERR_INTERNAL', () =>
        `stage ${stage.name} needs ${need.name}, which does not come before it`);
      return [name, { stage: need.name, fingerprint: record.fingerprint, content: record.content }];
    });
    return Object.fromEntries(entries);
  }

  #why(stage: AnyStage<Config>, print: string, before: StageRecord | undefined): string {
    const config = stage.slice(this.options.config) ?? null;
    return whyMade({ version: stage.version, config, needs: this.#needs(stage), fingerprint: print }, before);
  }

  /** The artifact of a stage if it can stand as it is. A damaged one is removed, with a message. */
  async #usable(stage: AnyStage<Config>, print: string): Promise<StageRecord | undefined> {
    if (this.#forced.delete(stage.name)) {
      await rm(this.#store.checkpointOf(stage.name, print), { recursive: true, force: true });
      return undefined;
    }
    const found = await this.#store.find(stage.name, print);
    if (found === undefined) return undefined;
    const damage =
      'damage' in found ? found.damage : this.options.verify ? await this.#verify(found) : undefined;
    if (damage === undefined) return found as StageRecord;
    await this.#discard(stage.name, print, damage);
    return undefined;
  }

  async #discard(stage: string, print: string, damage: string): Promise<void> {
    const text = `its artifact ${stage}/${print.slice(0, 16)} is damaged: ${damage}. Making it again`;
    this.options.onEvent?.({ type: 'message', stage, text });
    this.#outputs.forget(stage);
    await this.#store.remove(stage, print);
  }

  async #verify(record: StageRecord): Promise<string | undefined> {
    if (this.#sound.has(record.fingerprint)) return undefined;
    const damage = await this.#store.verify(record);
    if (damage === undefined) this.#sound.add(record.fingerprint);
    return damage;
  }

  /** Compares what a stage is about to read with its checksums: the index of the first damaged stage, removed. */
  async #damagedBefore(index: number): Promise<number | undefined> {
    const { stages } = this.options;
    const reads = new Set(closure(stages[index] as AnyStage).map((stage) => stage.name));
    for (let i = 0; i < index; i++) {
      const { name } = stages[i]!;
      if (!reads.has(name)) continue;
      const record = this.#records.get(name)!;
      const damage = await this.#verify(record);
      if (damage === undefined) continue;
      await this.#discard(name, record.fingerprint, damage);
      return i;
    }
    return undefined;
  }

  async #make(stage: AnyStage<Config>, print: string): Promise<StageRecord> {
    const { name } = stage;
    const log = (text: string) => this.options.onEvent?.({ type: 'message', stage: name, text });
    const folder = await this.#store.begin(name, print);
    const checkpoint = await openCheckpoint(this.#store.checkpointOf(name, print), log);
    const counts: Record<string, number> = {};
    const config = stage.slice(this.options.config);
    const start = performance.now();
    const { seed } = this.options;
    const context: StageContext<unknown, Needs> = {
      folder,
      config,
      inputs: this.#outputs.inputs(stage.needs),
      seed: 0, // hidden behind the getter below
      signal: this.#signal,
      onProgress: this.options.onProgress,
      checkpoint,
      count: (more) => void Object.assign(counts, more),
      log,
      check: () => checkCancelled(this.#signal, `stage ${name}`),
    };
    // Not enumerable: `{ folder, ...work } = context` must not read it.
    Object.defineProperty(context, 'seed', {
      enumerable: false,
      get: () => {
        require(stage.seeded, 'ERR_INTERNAL', `stage ${name} reads the seed but is not declared \`seeded\``);
        return seed;
      },
    });
    try {
      await stage.run(context);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      if (!this.#signal.aborted) throw error;
      throw cancelled(`in stage "${name}"`, error);
    }
    const record = await this.#store.commit(folder, {
      stage: name,
      version: stage.version,
      fingerprint: print,
      config: config ?? null,
      needs: this.#needs(stage),
      counts,
      seconds: Number((checkpoint.secondsBefore + (performance.now() - start) / 1000).toFixed(3)),
      peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
      made: new Date().toISOString(),
      cohear: version,
      node: process.version,
    });
    this.#sound.add(print);
    this.#outputs.forget(name);
    await rm(checkpoint.folder, { recursive: true, force: true });
    return record;
  }

  #result(manifest: Manifest): RunResult {
    const records = Object.values(manifest.stages);
    return {
      manifest,
      seconds: Object.fromEntries(records.map(({ stage, seconds }) => [stage, seconds])),
      peakRssMb: Math.max(0, ...records.map((record) => record.peakRssMb)),
      output: (stage) => this.#outputs.get(stage),
    };
  }
}
