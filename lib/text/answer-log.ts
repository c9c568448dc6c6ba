import { randomBytes } from 'node:crypto';
import { closeSync, fdatasync, mkdirSync, openSync, writeSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CohearError } from '../errors/index.js';
import { LineTail } from './line-tail.js';

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

/** Reads the answers of all logs of a folder, each once; half a line at the end, which a kill may leave, is none. */
export class AnswerReader {
  private readonly tails = new Map<string, LineTail>();

  constructor(private readonly folder: string) {}

  /** What was written since it was last asked. */
  async read(then: (key: string, text: string) => void): Promise<void> {
    const names = await readdir(this.folder).catch(() => []);
    for (const name of names.filter((n) => n.endsWith('.jsonl')).sort()) {
      let tail = this.tails.get(name);
      if (tail === undefined) this.tails.set(name, (tail = new LineTail()));
      const file = openSync(join(this.folder, name), 'r');
      try {
        for (const line of tail.read(file)) {
          const { key, text } = parsed(line);
          if (typeof key === 'string' && typeof text === 'string') then(key, text);
        }
      } finally {
        closeSync(file);
      }
    }
  }
}

function parsed(line: string): { readonly key?: unknown; readonly text?: unknown } {
  try {
    return JSON.parse(line) ?? {};
  } catch {
    return {};
  }
}
