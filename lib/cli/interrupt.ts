/**
 * A signal that the first Ctrl-C (or SIGTERM) aborts, so that work stops where it can go on from. After that
 * both signals have their usual effect again: a second one ends the process at once.
 */
export function interruptSignal(tell: (text: string) => void): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const names = ['SIGINT', 'SIGTERM'] as const;
  const release = () => {
    for (const name of names) process.off(name, stop);
  };
  const stop = () => {
    release();
    tell('stopping at the next safe point; Ctrl-C again ends at once');
    controller.abort();
  };
  for (const name of names) process.on(name, stop);
  return { signal: controller.signal, release };
}
