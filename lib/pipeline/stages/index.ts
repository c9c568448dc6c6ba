import { CohearError } from '../../errors/index.js';
import type { SystemName } from '../../evaluation/index.js';
import type { Config } from '../config/index.js';
import { closure } from '../outputs.js';
import type { AnyStage } from '../stage.js';
import { evaluationStage } from './evaluation.js';
import { twoTowerStage, twoTowerTextStage } from './two-tower.js';

/**
 * The stages of a config, in order: those that its systems are made from, then their evaluation; where nothing is held
 * out, those of the system that is served.
 * @throws CohearError ERR_CONFIG where nothing is held out and no system can be served
 */
export function stagesOf(config: Config): AnyStage<Config>[] {
  const { systems } = config.evaluation;
  if (config.split.by === 'none') {
    const served = servedStage(systems) as unknown as AnyStage;
    return [...closure(served), served] as unknown as AnyStage<Config>[];
  }
  const last = evaluationOf(systems);
  return [...(closure(last as AnyStage) as unknown as AnyStage<Config>[]), last];
}

/** The stage that judges these systems. */
export const evaluationOf = (systems: readonly SystemName[]): AnyStage<Config> =>
  evaluationStage(systems) as unknown as AnyStage<Config>;

/**
 * The two-tower that answers questions: with the graph where it is among the systems.
 * @throws CohearError ERR_CONFIG where there is none
 */
export function servedStage(systems: readonly SystemName[]): typeof twoTowerStage | typeof twoTowerTextStage {
  if (systems.includes('2t-hgnn')) return twoTowerStage;
  if (systems.includes('2t')) return twoTowerTextStage;
  throw new CohearError(
    'ERR_CONFIG',
    `no two-tower to serve from (evaluation.systems: ${systems.join(', ')}): run it with 2t-hgnn or 2t`,
  );
}
