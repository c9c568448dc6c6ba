import { readSync } from 'node:fs';

const READ_BYTES = 1 << 20;
const NEWLINE = 10;

/** Reads the lines of a file that others append to, each once and as soon as it has its end. */
export class LineTail {
  private offset = 0;
  private rest = Buffer.alloc(0);

  /** The lines that came since the last call, from an open file. */
  *read(file: number): Generator<string> {
    for (;;) {
      const bytes = Buffer.allocUnsafe(READ_BYTES);
      const count = readSync(file, bytes, 0, READ_BYTES, this.offset);
      if (count === 0) return;
      this.offset += count;
      const whole = Buffer.concat([this.rest, bytes.subarray(0, count)]);
      const end = whole.lastIndexOf(NEWLINE) + 1;
      this.rest = whole.subarray(end);
      if (end > 0) yield* whole.toString('utf8', 0, end - 1).split('\n');
    }
  }
}
