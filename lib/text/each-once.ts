import type { ProcessMark } from '../artifacts/index.js';
import { CohearError } from '../errors/index.js';
import type { LongWork } from '../progress/index.js';
import type { Claims } from './claims.js';

/** Work on keys that several processes may have at once, in a folder that they share. */
export interface SharedWork extends Pick<LongWork, 'signal'> {
  readonly claims: Claims;
  /** Keys by their numbers, in the order in which they are to be done. */
  readonly todo: Uint32Array;
  /** Keys to a call of `work`, while nobody else works on them. */
  readonly atOnce: number;
  readonly isDone: (entry: number) => boolean;
  /** Takes what others have finished. */
  readonly look: () => Promise<void>;
  /** Does these. */
  readonly work: (entries: Uint32Array) => Promise<void>;
  /** Told where all that is left is in the hands of others. */
  readonly onWait: (holders: readonly ProcessMark[]) => void;
}

/** Whom {@link eachOnce} waits for, as a note of progress. */
export const waiting = (holders: readonly ProcessMark[]): string =>
  `the rest is done by process ${holders.map(({ pid }) => pid).join(' and ')}`;

const WAIT_MS = 200;
/** The smallest part of `atOnce` that is claimed where others work, too. */
const SMALLEST = 1 / 16;

/**
 * Does each key once among all processes that call it: claims some, looks whether others have finished them
 * meanwhile, does the rest; where all that is left is claimed by others, waits for them, and takes over what is left by
 * one that ends or dies.
 */
export async function eachOnce(shared: SharedWork): Promise<void> {
  const { claims, todo, atOnce, isDone, look, work, onWait, signal } = shared;
  let begin = 0;
  for (;;) {
    if (signal?.aborted) throw new CohearError('ERR_CANCELLED', 'text encoding was stopped');
    while (begin < todo.length && isDone(todo[begin]!)) begin++;
    if (begin === todo.length) return;
    claims.read();
    const others = claims.others();
    const left = todo.length - begin;
    // Beside others in parts that grow smaller, so that nobody has much left when the rest is done.
    const fair = Math.max(Math.ceil(atOnce * SMALLEST), Math.ceil(left / (2 * (others.length + 1))));
    const most = others.length > 0 ? Math.min(atOnce, fair) : atOnce;
    const free: number[] = [];
    for (let i = begin; i < todo.length && free.length < most; i++)
      if (!isDone(todo[i]!) && claims.isFree(todo[i]!)) free.push(todo[i]!);
    if (free.length === 0) {
      onWait(others);
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
      await look();
      continue;
    }
    const own = claims.claim(Uint32Array.from(free));
    await look();
    const mine = own.filter((entry) => !isDone(entry));
    if (mine.length > 0) await work(mine);
  }
}
