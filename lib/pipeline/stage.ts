import type { LongWork } from '../progress/index.js';
import type { Checkpoint } from './checkpoint.js';

/** Stages that a stage reads, by the name under which it knows them. */
// biome-ignore lint/suspicious/noExplicitAny: any stage fits, whatever its config, inputs and output
export type Needs = Readonly<Record<string, Stage<any, any, any, any>>>;

/** What a stage's `load` gives. */
export type OutputOf<S> = S extends { load(artifact: never): Promise<infer Output> } ? Output : never;

/** Gives the outputs of the stages needed, each loaded on the first call and shared by later ones. */
export type Inputs<N extends Needs> = { readonly [K in keyof N]: () => Promise<OutputOf<N[K]>> };

/** A finished artifact of a stage, as its `load` sees it. */
export interface Artifact<Slice, N extends Needs> {
  /** Holds the files that `run` wrote; not to be changed. */
  readonly folder: string;
  readonly config: Slice;
  readonly inputs: Inputs<N>;
  readonly counts: Readonly<Record<string, number>>;
}

/** What a running stage is given. It is a {@link LongWork} too, so it can be passed on to long operations. */
export interface StageContext<Slice, N extends Needs> extends LongWork {
  /** An empty folder; what is in it when `run` returns is the artifact. A killed run leaves nothing of it. */
  readonly folder: string;
  /** The part of the config that the stage reads, as `slice` gave it. */
  readonly config: Slice;
  readonly inputs: Inputs<N>;
  /** The run's seed. Only for stages with `seeded: true`: for others reading it is an error. */
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly checkpoint: Checkpoint;
  /** Adds numbers to the manifest's counts of this stage (users, edges, epochs, ...). */
  count(counts: Readonly<Record<string, number>>): void;
  /** Tells the person who waits; a line of its own. */
  log(text: string): void;
  /** A safe point: throws ERR_CANCELLED once the run is to stop. */
  check(): void;
}

/** Helps a stage fingerprint files that lie outside the run. */
export interface Sources {
  /** Size and SHA-256 of a file; remembered in the run's folder by path, size and modification time. */
  hash(path: string): Promise<{ readonly bytes: number; readonly sha256: string }>;
}

/**
 * One step of a run: it reads a slice of the config and the outputs of earlier stages, and writes files.
 *
 * Its result must be a function of (version, slice, seed when `seeded`, external, inputs) alone: that is what
 * its fingerprint covers, and an artifact with the same fingerprint is never made twice. So threads, paths,
 * clocks and the machine must not show in its files.
 */
export interface Stage<Config, Slice, N extends Needs, Output> {
  /** Also the folder's name: lower case letters, digits and hyphens. */
  readonly name: string;
  /** Of the stage's code: change it when the same inputs would give other files. */
  readonly version: string;
  readonly needs: N;
  /** Whether it draws random numbers from the run's seed. */
  readonly seeded?: boolean;
  /** The part of the config that the stage reads: a JSON value. */
  slice(config: Config): Slice;
  /**
   * The part of the slice that goes into the fingerprint (default: all of it). For what does not change the
   * result by itself, as the path of a file whose hash is given by `external`.
   */
  identity?(slice: Slice): unknown;
  /** A JSON value that stands for whatever else it reads from outside the run, e.g. hashes of source files. */
  external?(slice: Slice, sources: Sources): Promise<unknown>;
  /** Does the work; may be called again after a kill, and then finds its own checkpoint. */
  run(context: StageContext<Slice, N>): Promise<void>;
  /** Reads the artifact back, as much of it as is asked for. */
  load(artifact: Artifact<Slice, N>): Promise<Output>;
}

/** A stage of any kind. */
export type AnyStage<Config = never> = Stage<Config, unknown, Needs, unknown>;

/** The identity, for its types: `config`, `inputs` and the output of the stage are inferred. */
export function defineStage<Config, Slice, const N extends Needs, Output>(
  stage: Stage<Config, Slice, N, Output>,
): Stage<Config, Slice, N, Output> {
  return stage;
}
