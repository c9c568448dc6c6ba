import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { hashFile, readJson, writeJson } from '../artifacts/index.js';
import { CohearError, require } from '../errors/index.js';

/**
 * Where a long stage keeps what it needs to go on after a kill. It lives under the stage's fingerprint, so a
 * checkpoint of other settings is never picked up, and goes when the stage is complete.
 */
export interface Checkpoint {
  /** The folder itself, for what manages its own files there (a row cache, say). Made on the first save. */
  readonly folder: string;
  /** Seconds that earlier, cut runs of this stage had worked when they last saved. */
  readonly secondsBefore: number;
  /**
   * Saves one file under a name, whole or not at all: `write` is given a path, which is synced, hashed and
   * renamed. The one before it is replaced.
   */
  save(name: string, write: (path: string) => Promise<void>): Promise<void>;
  /**
   * Gives what was last saved under a name to `read`, or undefined when there is none. A file whose bytes
   * have changed since, or that `read` refuses with ERR_FORMAT, is left out with a message, as if never saved.
   */
  load<T>(name: string, read: (path: string) => Promise<T>): Promise<T | undefined>;
}

/** The clock of a checkpoint; no name of a save ends so. */
const CLOCK = 'seconds.json';

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Opens the checkpoint of a stage in `folder`, which need not exist.
 * Each save is the file `<name>.<digest>`: the digest in the name makes one rename commit both, so that there
 * is no moment at which a state and its checksum disagree.
 */
export async function openCheckpoint(folder: string, log: (text: string) => void): Promise<Checkpoint> {
  const clock = join(folder, CLOCK);
  const secondsBefore = existsSync(clock) ? await readJson<number>(clock).catch(() => 0) : 0;
  const start = performance.now();
  const saved = async (name: string) => {
    const files = existsSync(folder) ? await readdir(folder) : [];
    return files.filter(
      (file) => file.startsWith(`${name}.`) && /^[0-9a-f]{64}$/.test(file.slice(name.length + 1)),
    );
  };

  return {
    folder,
    secondsBefore,
    async save(name, write) {
      await mkdir(folder, { recursive: true });
      const temporary = join(folder, `${name}.tmp`);
      await rm(temporary, { force: true });
      await write(temporary);
      await sync(temporary);
      const next = `${name}.${await hashFile(temporary)}`;
      await rename(temporary, join(folder, next));
      await sync(folder).catch(() => {}); // some file systems cannot sync a folder
      await writeJson(clock, secondsBefore + (performance.now() - start) / 1000);
      for (const old of await saved(name)) if (old !== next) await rm(join(folder, old), { force: true });
    },
    async load(name, read) {
      // Two when a kill fell between the rename and the removal: the later one first, the earlier is as good.
      const files = await Promise.all(
        (await saved(name)).map(async (file) => ({ file, time: (await stat(join(folder, file))).mtimeMs })),
      );
      for (const { file } of files.sort((a, b) => b.time - a.time)) {
        const path = join(folder, file);
        try {
          require((await hashFile(path)) ===
            basename(path).slice(name.length + 1), 'ERR_FORMAT', 'it has changed');
          return await read(path);
        } catch (error) {
          if (!(error instanceof CohearError && error.code === 'ERR_FORMAT')) throw error;
          log(`the checkpoint "${name}" cannot be used and is left out: ${error.message}`);
        }
        await rm(path, { force: true });
      }
      return undefined;
    },
  };
}
