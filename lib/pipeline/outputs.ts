import { join } from 'node:path';
import type { AnyStage, Inputs, Needs, OutputOf } from './stage.js';
import type { StageRecord } from './store.js';

/** All stages that `stage` reads, directly or through others, each once, earlier ones first. */
export function closure(stage: AnyStage): AnyStage[] {
  const found = new Set<AnyStage>();
  const visit = (one: AnyStage) => {
    for (const need of Object.values(one.needs)) {
      visit(need);
      found.add(need);
    }
  };
  visit(stage);
  return [...found];
}

/** The outputs of finished stages: each loaded once, on the first call, and held until released. */
export class Outputs {
  readonly #held = new Map<string, Promise<unknown>>();
  readonly #recordOf: (stage: string) => StageRecord;

  constructor(
    readonly root: string,
    recordOf: (stage: string) => StageRecord,
  ) {
    this.#recordOf = recordOf;
  }

  /** What the `load` of a finished stage gives. */
  get<S extends AnyStage>(stage: S): Promise<OutputOf<S>> {
    let output = this.#held.get(stage.name);
    if (output === undefined) {
      const record = this.#recordOf(stage.name);
      output = stage.load({
        folder: join(this.root, record.folder),
        config: record.config,
        counts: record.counts,
        inputs: this.inputs(stage.needs),
      });
      this.#held.set(stage.name, output);
    }
    return output as Promise<OutputOf<S>>;
  }

  inputs<N extends Needs>(needs: N): Inputs<N> {
    const entries = Object.entries(needs).map(([name, stage]) => [name, () => this.get(stage)]);
    return Object.fromEntries(entries) as Inputs<N>;
  }

  /** Forgets the outputs of all stages but those that `later` ones read, so that their memory can go. */
  keepFor(later: readonly AnyStage[]): void {
    const wanted = new Set(later.flatMap((stage) => closure(stage)).map((stage) => stage.name));
    for (const name of this.#held.keys()) if (!wanted.has(name)) this.#held.delete(name);
  }

  forget(stage: string): void {
    this.#held.delete(stage);
  }
}
