import { writeFileSync } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunning, type ProcessMark, thisProcess } from '../artifacts/index.js';
import { CohearError } from '../errors/index.js';

/** Who holds a run's folder. */
interface Holder extends ProcessMark {
  readonly since: string;
}

function parse(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Holder;
    return Number.isInteger(holder.pid) && typeof holder.host === 'string' ? holder : undefined;
  } catch {
    return undefined; // cut short while it was written
  }
}

/**
 * Takes the lock of a run's folder, so that no two processes write there. The lock of a process that is dead
 * is taken over.
 * @returns a function that gives it back
 * @throws CohearError ERR_IO when another process holds it, or one of another machine seems to
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'lock');
  const mine: Holder = { ...thisProcess(), since: new Date().toISOString() };
  for (let attempt = 0; attempt < 10; attempt++) {
    try {
      writeFileSync(path, `${JSON.stringify(mine)}\n`, { flag: 'wx' }); // sync: hardly a moment without its text
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const text = await readFile(path, 'utf8').catch(() => null);
    if (text === null) continue; // just given back
    const holder = parse(text);
    if (holder !== undefined && holder.host !== mine.host)
      throw new CohearError(
        'ERR_IO',
        `${folder} is locked by process ${holder.pid} of the machine ${holder.host} since ${holder.since}. ` +
          `If that run is over, delete ${path}`,
      );
    if (holder !== undefined && isRunning(holder))
      throw new CohearError(
        'ERR_IO',
        `${folder} is in use by process ${holder.pid} since ${holder.since}: wait for it, stop it, or use another --workdir`,
      );
    if (holder === undefined && attempt < 5) {
      await new Promise((resolve) => setTimeout(resolve, 50)); // its owner may be writing it right now
      continue;
    }
    // Dead. Moved aside before it is removed: had another process taken it over meanwhile, it is put back.
    const aside = `${path}.${process.pid}`;
    await rename(path, aside).catch(() => {});
    const moved = await readFile(aside, 'utf8').catch(() => text);
    if (moved !== text) await rename(aside, path);
    else await rm(aside, { force: true });
  }
  throw new CohearError('ERR_IO', `${path} could not be taken: several processes want this folder at once`);
}
