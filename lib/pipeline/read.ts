import { resolve } from 'node:path';
import { CohearError } from '../errors/index.js';
import { type Manifest, readManifest } from './manifest.js';
import { Outputs } from './outputs.js';
import type { AnyStage, OutputOf } from './stage.js';
import { Store } from './store.js';

/** A run's folder opened for reading. It takes no lock, so many processes can. */
export interface StoredRun {
  readonly workdir: string;
  readonly manifest: Manifest;
  /**
   * What a stage of the run made.
   * @throws CohearError ERR_IO when the run never got that far, or files of it are missing
   */
  output<S extends AnyStage>(stage: S): Promise<OutputOf<S>>;
}

/**
 * Opens the run in `workdir`.
 * @throws CohearError ERR_CONFIG when there is none, ERR_FORMAT when its manifest is damaged
 */
export async function openStoredRun(workdir: string): Promise<StoredRun> {
  const root = resolve(workdir);
  const manifest = await readManifest(root);
  const store = new Store(root);
  const outputs = new Outputs(root, (stage) => manifest.stages[stage]!);
  return {
    workdir: root,
    manifest,
    async output(stage) {
      const record = manifest.stages[stage.name];
      const found = record === undefined ? undefined : await store.find(stage.name, record.fingerprint);
      if (found === undefined || 'damage' in found)
        throw new CohearError(
          'ERR_IO',
          `${root} has no complete output of stage "${stage.name}"${found ? ` (${found.damage})` : ''}: finish it with \`cohear run\``,
        );
      return outputs.get(stage);
    },
  };
}
