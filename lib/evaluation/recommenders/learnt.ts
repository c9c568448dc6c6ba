import type { Histories } from '../../events/index.js';
import { addon } from '../../native/index.js';
import type { InteractionsHandle } from '../../native/linalg.js';
import type { Seed } from '../../random/index.js';
import { interactionsOf } from '../interactions.js';

/** What every model that learns from the interactions alone is given. */
export interface InteractionOptions {
  /** What each user has taken; a pair counts once. */
  readonly history: Histories;
  /** Items in the catalogue. */
  readonly items: number;
}

export interface SeededInteractionOptions extends InteractionOptions {
  readonly seed: Seed;
}

/** The interactions in native memory; close them. */
export function nativeInteractions({ history, items }: InteractionOptions): InteractionsHandle {
  return addon.createInteractions(interactionsOf(history, items));
}
