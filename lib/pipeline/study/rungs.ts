import { require } from '../../errors/index.js';

export interface RungOptions {
  readonly strategy: 'random' | 'halving';
  /** What a whole trial takes: the value of the resource in the config. */
  readonly full: number;
  /** What the first rung of halving gives each trial. */
  readonly least: number;
  /** One in so many goes on to the next rung, which gives as many times more. */
  readonly eta: number;
}

/** One round: so many trials, each with so much of the resource. */
export interface Rung {
  readonly trials: number;
  readonly resource: number;
}

/**
 * The rounds of a search. random: one, with all of the resource. halving (successive halving): many trials with
 * little, then the best 1 / eta of them with eta times as much, and so on up to all of it.
 */
export function rungsOf(trials: number, { strategy, full, least, eta }: RungOptions): Rung[] {
  if (strategy === 'random') return [{ trials, resource: full }];
  require(least >= 1 && least <= full && eta > 1, 'ERR_CONFIG', () =>
    `halving: want 1 <= least <= ${full} and eta above 1, got ${least} and ${eta}`);
  const rungs: Rung[] = [];
  let left = trials;
  for (let resource = least; ; resource = Math.min(full, Math.round(resource * eta))) {
    rungs.push({ trials: left, resource });
    if (resource >= full) return rungs;
    left = Math.max(1, Math.floor(left / eta));
  }
}

/** What a search takes of the resource, the config as it is (once, whole) included. */
export const budgetOf = (rungs: readonly Rung[], full: number): number =>
  full + rungs.reduce((sum, { trials, resource }) => sum + trials * resource, 0);

/**
 * The most trials whose search stays within a budget.
 * @throws CohearError ERR_CONFIG where not even one does
 */
export function trialsWithin(budget: number, options: RungOptions): number {
  let trials = 0;
  while (budgetOf(rungsOf(trials + 1, options), options.full) <= budget) trials++;
  require(trials > 0, 'ERR_CONFIG', () =>
    `a budget of ${budget} is too small: the config as it is and one trial take ${budgetOf(rungsOf(1, options), options.full)}`);
  return trials;
}
