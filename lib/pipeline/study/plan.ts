import { fingerprint } from '../../artifacts/index.js';
import { require } from '../../errors/index.js';
import type { AnyStage, Sources } from '../stage.js';

/**
 * What the last of `stages` will be a function of, before any of them is run: as an artifact's fingerprint, but over
 * the plans of the stages needed instead of their contents. Stages are deterministic, so equal plans end in equal
 * artifacts.
 * @param asked remembers what stages read from outside, across the plans of one study
 */
export async function planOf<Config>(
  stages: readonly AnyStage<Config>[],
  config: Config,
  seed: number,
  sources: Sources,
  asked = new Map<string, Promise<unknown>>(),
): Promise<string> {
  const plans = new Map<string, string>();
  for (const stage of stages) {
    const slice = stage.slice(config);
    const question = `${stage.name} ${fingerprint(slice ?? null)}`;
    if (!asked.has(question)) asked.set(question, Promise.resolve(stage.external?.(slice, sources)));
    const needs = Object.entries(stage.needs).map(([name, { name: needed }]) => {
      require(plans.has(needed), 'ERR_INTERNAL', () => `stage ${stage.name} comes before ${needed}`);
      return [name, plans.get(needed)];
    });
    const plan = {
      stage: stage.name,
      version: stage.version,
      config: (stage.identity ? stage.identity(slice) : slice) ?? null,
      seed: stage.seeded ? seed : null,
      external: (await asked.get(question)) ?? null,
      needs: Object.fromEntries(needs),
    };
    plans.set(stage.name, fingerprint(plan));
  }
  return plans.get(stages.at(-1)!.name)!;
}
