import { fingerprint } from '../artifacts/index.js';
import type { StageRecord } from './store.js';

/** What the artifact to be made differs in from the one that the last run had, for the person who waits. */
export function whyMade(
  now: Pick<StageRecord, 'version' | 'config' | 'needs' | 'fingerprint'>,
  before: StageRecord | undefined,
): string {
  if (before === undefined) return 'new';
  if (before.fingerprint === now.fingerprint) return 'again';
  const changed: string[] = [];
  if (before.version !== now.version) changed.push('code');
  if (fingerprint(before.config) !== fingerprint(now.config)) changed.push('config');
  for (const [name, need] of Object.entries(now.needs)) {
    const was = before.needs[name];
    if (was?.fingerprint !== need.fingerprint || was.content !== need.content) changed.push(need.stage);
  }
  return changed.length > 0 ? `changed: ${changed.join(', ')}` : 'changed: seed or source';
}
