import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeJson } from '../artifacts/index.js';
import { CohearError } from '../errors/index.js';
import type { StageRecord } from './store.js';
import { version } from './version.js';

/** `manifest.json`: which artifacts make up the run now, in the order of the stages. */
export interface Manifest {
  readonly format: 1;
  readonly cohear: string;
  readonly node: string;
  readonly seed: number;
  readonly updated: string;
  readonly stages: Readonly<Record<string, StageRecord>>;
}

export const makeManifest = (seed: number, records: ReadonlyMap<string, StageRecord>): Manifest => ({
  format: 1,
  cohear: version,
  node: process.version,
  seed,
  updated: new Date().toISOString(),
  stages: Object.fromEntries(records),
});

/** Writes the manifest, atomically. */
export const writeManifest = (root: string, manifest: Manifest): Promise<void> =>
  writeJson(join(root, 'manifest.json'), manifest);

/**
 * Reads the manifest of a run's folder.
 * @throws CohearError ERR_CONFIG when there is none, ERR_FORMAT when it is damaged or of another format
 */
export async function readManifest(root: string): Promise<Manifest> {
  const path = join(root, 'manifest.json');
  if (!existsSync(path))
    throw new CohearError(
      'ERR_CONFIG',
      `${root} holds no run (no manifest.json): make one with \`cohear run\``,
    );
  const manifest = await readJson<Manifest>(path).catch((cause: Error) => {
    throw new CohearError(
      'ERR_FORMAT',
      `${path} is damaged (${cause.message}); the next \`cohear run\` writes it anew`,
      {
        cause,
      },
    );
  });
  if (manifest.format !== 1 || typeof manifest.stages !== 'object')
    throw new CohearError(
      'ERR_FORMAT',
      `${path} has the format ${manifest.format}; this cohear reads format 1`,
    );
  return manifest;
}
