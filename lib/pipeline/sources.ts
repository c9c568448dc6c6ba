import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { hashFile, readJson, writeJson } from '../artifacts/index.js';
import { CohearError } from '../errors/index.js';
import type { Sources } from './stage.js';

interface Known {
  readonly bytes: number;
  readonly modified: number;
  readonly sha256: string;
}

/**
 * Hashes of files outside the run, remembered in `sources.json` of its folder: a source of many gigabytes is
 * read for its hash once, then again only when its size or modification time has changed.
 */
export async function openSources(root: string): Promise<Sources> {
  const path = join(root, 'sources.json');
  const known = await readJson<Record<string, Known>>(path).catch((): Record<string, Known> => ({}));
  return {
    async hash(file) {
      const absolute = resolve(file);
      const status = await stat(absolute).catch((cause: Error) => {
        throw new CohearError('ERR_IO', `${absolute} cannot be read: ${cause.message}`, { cause });
      });
      if (!status.isFile()) throw new CohearError('ERR_IO', `${absolute} is not a file`);
      const was = known[absolute];
      if (was !== undefined && was.bytes === status.size && was.modified === status.mtimeMs)
        return { bytes: was.bytes, sha256: was.sha256 };
      const sha256 = await hashFile(absolute);
      known[absolute] = { bytes: status.size, modified: status.mtimeMs, sha256 };
      await writeJson(path, known);
      return { bytes: status.size, sha256 };
    },
  };
}
