import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { fingerprint, hashFile, writeJson } from '../artifacts/index.js';
import { require } from '../errors/index.js';

/** What is known of a finished artifact. It lies in the artifact's folder as `stage.json`, and in the manifest. */
export interface StageRecord {
  readonly stage: string;
  readonly version: string;
  /** Of everything that the artifact is a function of; see docs/pipeline.md. */
  readonly fingerprint: string;
  /** Of the artifact's files: their names and checksums. */
  readonly content: string;
  /** The artifact's folder, relative to the run's. */
  readonly folder: string;
  /** The slice of the config that the stage read. */
  readonly config: unknown;
  readonly needs: Readonly<
    Record<string, { readonly stage: string; readonly fingerprint: string; readonly content: string }>
  >;
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
  readonly counts: Readonly<Record<string, number>>;
  /** Time that the work took, that of cut runs before their last checkpoint included. */
  readonly seconds: number;
  /** The highest resident memory of the process up to the stage's end. */
  readonly peakRssMb: number;
  readonly made: string;
  readonly cohear: string;
  readonly node: string;
}

const RECORD = 'stage.json';
const short = (print: string): string => print.slice(0, 16);

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .split(sep)
        .join('/'),
    )
    .sort();
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  await file.sync().catch(() => {}); // some file systems cannot sync a folder
  await file.close();
}

/** The artifacts of one run's folder: `<run>/<stage>/<first 16 digits of the fingerprint>/`. */
export class Store {
  constructor(readonly root: string) {}

  folderOf(stage: string, print: string): string {
    return join(this.root, stage, short(print));
  }

  checkpointOf(stage: string, print: string): string {
    return `${this.folderOf(stage, print)}.checkpoint`;
  }

  /** Removes what a killed process left half done. Only for the holder of the folder's lock. */
  async clean(stage: string): Promise<void> {
    for (const name of await this.#names(stage))
      if (name.startsWith('.tmp-')) await rm(join(this.root, stage, name), { recursive: true, force: true });
  }

  /** An empty folder for a stage to write to. */
  async begin(stage: string, print: string): Promise<string> {
    const folder = join(this.root, stage, `.tmp-${short(print)}`);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    return folder;
  }

  /**
   * Makes the files in `temporary` the artifact: syncs and hashes each, adds the record, renames the folder.
   * The rename is the one moment at which the artifact comes to be.
   */
  async commit(
    temporary: string,
    facts: Omit<StageRecord, 'content' | 'folder' | 'files'>,
  ): Promise<StageRecord> {
    const files: Record<string, { bytes: number; sha256: string }> = {};
    for (const name of await filesBelow(temporary)) {
      require(name !==
        RECORD, 'ERR_INTERNAL', `stage ${facts.stage} wrote ${RECORD}, the name of its own record`);
      const path = join(temporary, name);
      await sync(path);
      files[name] = { bytes: (await stat(path)).size, sha256: await hashFile(path) };
    }
    const folder = this.folderOf(facts.stage, facts.fingerprint);
    const hashes = Object.fromEntries(Object.entries(files).map(([name, { sha256 }]) => [name, sha256]));
    const record: StageRecord = {
      ...facts,
      content: fingerprint(hashes),
      folder: `${facts.stage}/${short(facts.fingerprint)}`,
      files,
    };
    await writeJson(join(temporary, RECORD), record);
    await sync(temporary);
    await this.remove(facts.stage, facts.fingerprint);
    await rename(temporary, folder);
    await sync(join(this.root, facts.stage));
    return record;
  }

  /** The record of an artifact, or why there is none that can be used: undefined when it was never made. */
  async find(stage: string, print: string): Promise<StageRecord | { readonly damage: string } | undefined> {
    const folder = this.folderOf(stage, print);
    if (!existsSync(folder)) return undefined;
    let record: StageRecord;
    try {
      record = JSON.parse(await readFile(join(folder, RECORD), 'utf8')) as StageRecord;
    } catch {
      return { damage: `${RECORD} is missing or is not JSON` };
    }
    if (record.fingerprint !== print || record.stage !== stage || typeof record.files !== 'object')
      return { damage: `${RECORD} is that of another artifact` };
    for (const [name, { bytes }] of Object.entries(record.files)) {
      const size = await stat(join(folder, name)).then(
        ({ size }) => size,
        () => undefined,
      );
      if (size === undefined) return { damage: `${name} is missing` };
      if (size !== bytes) return { damage: `${name} has ${size} bytes, want ${bytes}` };
    }
    return record;
  }

  /** Compares every file with its checksum: what is wrong, or undefined. */
  async verify(record: StageRecord): Promise<string | undefined> {
    for (const [name, { sha256 }] of Object.entries(record.files)) {
      const found = await hashFile(join(this.root, record.folder, name)).catch(() => undefined);
      if (found === undefined) return `${name} is missing`;
      if (found !== sha256) return `${name} is not as it was written (another checksum)`;
    }
    return undefined;
  }

  async remove(stage: string, print: string): Promise<void> {
    const folder = this.folderOf(stage, print);
    if (!existsSync(folder)) return;
    // Renamed first, so that a kill in the middle leaves no artifact with half of its files.
    const aside = join(this.root, stage, `.tmp-old-${short(print)}`);
    await rm(aside, { recursive: true, force: true });
    await rename(folder, aside);
    await rm(aside, { recursive: true, force: true });
  }

  /** Marks an artifact as used now. */
  async touch(record: StageRecord): Promise<void> {
    const now = new Date();
    await utimes(join(this.root, record.folder, RECORD), now, now).catch(() => {}); // only orders what to keep
  }

  /** Keeps the `keep` artifacts and the `keep` checkpoints of a stage that were used last, and folders `besides`. */
  async prune(stage: string, keep: number, besides: readonly string[] = []): Promise<void> {
    const names = await this.#names(stage);
    for (const kind of [/^[0-9a-f]{16}$/, /^[0-9a-f]{16}\.checkpoint$/]) {
      const used = await Promise.all(
        names
          .filter((name) => kind.test(name) && !besides.includes(`${stage}/${name}`))
          .map(async (name) => {
            const folder = join(this.root, stage, name);
            const mark = existsSync(join(folder, RECORD)) ? join(folder, RECORD) : folder;
            return { folder, time: (await stat(mark)).mtimeMs };
          }),
      );
      for (const { folder } of used.sort((a, b) => b.time - a.time).slice(keep))
        await rm(folder, { recursive: true, force: true });
    }
  }

  async #names(stage: string): Promise<string[]> {
    const folder = join(this.root, stage);
    return existsSync(folder) ? readdir(folder) : [];
  }
}
