import type { SystemName } from '../../evaluation/index.js';
import type { Config } from '../config/index.js';
import { closure } from '../outputs.js';
import type { AnyStage } from '../stage.js';
import { evaluationStage } from './evaluation.js';

/** The stages of a config, in order: those that its systems are made from, then their evaluation. */
export function stagesOf(config: Config): AnyStage<Config>[] {
  const last = evaluationOf(config.evaluation.systems);
  return [...(closure(last as AnyStage) as unknown as AnyStage<Config>[]), last];
}

/** The stage that judges these systems. */
export const evaluationOf = (systems: readonly SystemName[]): AnyStage<Config> =>
  evaluationStage(systems) as unknown as AnyStage<Config>;
