import { randomBytes } from 'node:crypto';
import { closeSync, fdatasync, mkdirSync, openSync, writeSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CohearError } from '../errors/index.js';

/**
 * Appends answers to a log of this process, a JSON line each, made when the first one comes: `append` has written
 * when it returns, so a kill loses no answer that came.
 */
export class AnswerLog {
  private file: number | undefined;

  constructor(private readonly folder: string) {}

  /** @throws CohearError ERR_IO */
  append(key: string, text: string): void {
    try {
      if (this.file === undefined) {
        mkdirSync(this.folder, { recursive: true });
        const name = `${Date.now().toString(36)}-${randomBytes(6).toString('hex')}.jsonl`;
        this.file = openSync(join(this.folder, name), 'ax');
      }
      writeSync(this.file, `${JSON.stringify({ key, text })}\n`);
    } catch (cause) {
      throw new CohearError(
        'ERR_IO',
        `described items: cannot write in ${this.folder}: ${(cause as Error).message}`,
        { cause },
      );
    }
  }

  async close(): Promise<void> {
    const { file } = this;
    if (file === undefined) return;
    this.file = undefined;
    await new Promise<void>((resolve) => fdatasync(file, () => resolve()));
    closeSync(file);
  }
}

/** The answers of all logs of a folder by their keys; half a line at the end, which a kill may leave, is none. */
export async function readAnswers(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const name of (await readdir(folder).catch(() => [])).filter((n) => n.endsWith('.jsonl')).sort())
    for (const line of (await readFile(join(folder, name), 'utf8')).split('\n')) {
      try {
        const { key, text } = JSON.parse(line) as { key: unknown; text: unknown };
        if (typeof key === 'string' && typeof text === 'string') found.set(key, text);
      } catch {}
    }
  return found;
}
