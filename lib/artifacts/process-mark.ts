import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Which process did or holds something, to be told apart from any later one. */
export interface ProcessMark {
  readonly pid: number;
  readonly host: string;
  /** When the process began, as the kernel counts it: tells a reused pid from the holder. Null where unknown. */
  readonly began: string | null;
}

/** State and start time in kernel ticks (fields 3 and 22 of /proc/PID/stat), or null where there is no /proc. */
function statOf(pid: number): { readonly state: string; readonly began: string } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' '); // the name before ')' may hold spaces
    return { state: fields[0]!, began: fields[19]! };
  } catch {
    return null;
  }
}

export const thisProcess = (): ProcessMark => ({
  pid: process.pid,
  host: hostname(),
  began: statOf(process.pid)?.began ?? null,
});

/** Whether a process of this machine still runs; one that is killed and not yet waited for does not. */
export function isRunning({ pid, began }: ProcessMark): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const now = statOf(pid);
  if (now === null) return true;
  return !/[ZX]/.test(now.state) && (began === null || now.began === began);
}
