import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, type ProcessMark, thisProcess } from '../artifacts/index.js';
import { CohearError } from '../errors/index.js';
import { KEY_BYTES, KEY_PREFIX, type KeyIndex } from './key-index.js';
import { LineTail } from './line-tail.js';

// Who does which key stands in one log that all processes append to, a line at a time. A file that is opened to append
// takes each write whole and after all others, so the lines have one order that everybody reads, and the first claim of
// a key is the one that holds. It holds no more once its owner has said that it ended, is dead, or was silent too long.

const FILE = 'claims.log';
const BEAT_MS = 60_000;
/** An owner that is silent for so long is taken for dead: one of another machine, or one that hangs. */
export const LEASE_MS = 300_000;

interface Line extends ProcessMark {
  readonly id: string;
  /** When it was written, milliseconds. */
  readonly time: number;
  /** The first bytes of each key that is claimed, in base64. */
  readonly keys?: string;
  readonly ended?: boolean;
}

interface Owner {
  last: Line;
  /** As found in the round of that number. */
  holds: boolean;
  round: number;
}

/** What the processes that share a folder have each taken in hand. Numbers are those of a {@link KeyIndex}. */
export class Claims {
  private readonly path: string;
  private readonly id = randomBytes(8).toString('hex');
  private readonly mark = thisProcess();
  private owners: Owner[] = [];
  private readonly numbers = new Map<string, number>();
  /** Of each key, whose claim came first of those that hold: 1 + the place in `owners`, 0 for nobody's. */
  private readonly owner: Uint32Array;
  private readonly beat: NodeJS.Timeout;
  private file: number;
  private tail = new LineTail();
  private round = 0;

  /** @throws CohearError ERR_IO when the folder cannot be written */
  constructor(
    private readonly folder: string,
    private readonly index: KeyIndex,
  ) {
    this.path = join(folder, FILE);
    this.owner = new Uint32Array(index.count);
    this.file = this.open();
    this.beat = setInterval(() => this.tellAlive(), BEAT_MS).unref();
    this.read();
  }

  /** Whether a key is nobody's, or this one's own. Looks at what {@link read} has read. */
  isFree(entry: number): boolean {
    const owner = this.owners[this.owner[entry]! - 1];
    return owner === undefined || owner.last.id === this.id || !this.holds(owner);
  }

  /** Claims keys: those that are its own now. @throws CohearError ERR_IO */
  claim(entries: Uint32Array): Uint32Array {
    const bytes = Buffer.allocUnsafe(entries.length * KEY_PREFIX);
    entries.forEach((entry, i) => {
      this.index.keys.copy(bytes, i * KEY_PREFIX, entry * KEY_BYTES, entry * KEY_BYTES + KEY_PREFIX);
    });
    const keys = bytes.toString('base64');
    this.append({ keys });
    while (fstatSync(this.file).nlink === 0) {
      // Its last user removed it just now. Claims were read anew from the next one, which has all that hold.
      closeSync(this.file);
      this.file = this.open();
      this.append({ keys });
    }
    this.read();
    return entries.filter((entry) => this.owners[this.owner[entry]! - 1]?.last.id === this.id);
  }

  /** The others that hold claims, as processes. */
  others(): ProcessMark[] {
    return this.owners
      .filter((owner) => owner.last.id !== this.id && this.holds(owner))
      .map(({ last }) => last);
  }

  /** Reads what was written since the last time. */
  read(): void {
    this.round++;
    for (const line of this.tail.read(this.file)) this.take(line);
  }

  private take(text: string): void {
    let line: Line;
    try {
      line = JSON.parse(text) as Line;
    } catch {
      return; // the empty lines, and one that a kill has cut
    }
    if (typeof line?.id !== 'string' || typeof line.time !== 'number') return;
    const { keys, ...last } = line;
    let number = this.numbers.get(line.id);
    if (number === undefined) {
      number = this.owners.push({ last, holds: true, round: 0 });
      this.numbers.set(line.id, number);
    } else Object.assign(this.owners[number - 1]!, { last, round: 0 });
    if (keys === undefined) return;
    const bytes = Buffer.from(keys, 'base64');
    for (let at = 0; at + KEY_PREFIX <= bytes.length; at += KEY_PREFIX) {
      const entry = this.index.find(bytes, at);
      if (entry < 0) continue;
      const before = this.owners[this.owner[entry]! - 1];
      if (before === undefined || !this.holds(before)) this.owner[entry] = number;
    }
  }

  /** Whether an owner's claims hold; asked of the system once a round. */
  private holds(owner: Owner): boolean {
    if (owner.round !== this.round) {
      const { last } = owner;
      owner.round = this.round;
      owner.holds =
        last.ended !== true &&
        (last.id === this.id ||
          (Date.now() - last.time < LEASE_MS && (last.host !== this.mark.host || isRunning(last))));
    }
    return owner.holds;
  }

  private open(): number {
    this.tail = new LineTail();
    this.owners = [];
    this.numbers.clear();
    this.owner.fill(0);
    try {
      mkdirSync(this.folder, { recursive: true });
      return openSync(this.path, 'a+');
    } catch (cause) {
      throw failed(this.folder, cause);
    }
  }

  /** Appends a line in one write; one that a kill has cut before it ends where this one begins. */
  private append(more: Partial<Line>): void {
    const line: Line = { id: this.id, ...this.mark, time: Date.now(), ...more };
    const bytes = Buffer.from(`\n${JSON.stringify(line)}\n`, 'latin1');
    try {
      if (writeSync(this.file, bytes) < bytes.length) throw new Error('no room is left');
    } catch (cause) {
      throw failed(this.folder, cause);
    }
  }

  private tellAlive(): void {
    try {
      this.append({});
    } catch {
      // What is wrong with the folder shows where rows are written.
    }
  }

  /** Gives back what is claimed; the last one removes the log. */
  close(): void {
    clearInterval(this.beat);
    try {
      this.append({ ended: true });
      this.read();
      if (this.others().length === 0) rmSync(this.path, { force: true });
    } catch {
      // The claims end with the process, or with their lease.
    } finally {
      closeSync(this.file);
    }
  }
}

const failed = (folder: string, cause: unknown) =>
  new CohearError('ERR_IO', `text cache: cannot write in ${folder}: ${(cause as Error).message}`, { cause });
