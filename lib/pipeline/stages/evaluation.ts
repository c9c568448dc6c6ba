import { join } from 'node:path';
import { readJson, writeJson } from '../../artifacts/index.js';
import {
  type Evaluation,
  evaluate,
  type Recommender,
  type SimilarEvaluation,
  type SystemName,
} from '../../evaluation/index.js';
import { histories } from '../../events/index.js';
import type { Config } from '../config/index.js';
import { writeRanks } from '../ranks.js';
import { rerankedSystem, servedName } from '../rerank.js';
import { defineStage, type Stage } from '../stage.js';
import { type Timeline, timeline, timelineConfig } from '../timeline.js';
import { type Tradeoff, tradeoff } from '../tradeoff.js';
import { knowledge, makeRecommender, NEEDS, SOURCES, type SystemInputs } from './recommenders.js';
import { similarOf } from './similar.js';

const slice = (config: Config) => ({
  evaluation: config.evaluation,
  knn: config.knn,
  graph: config.graph, // what it makes is in the stages that are read
  baselines: config.baselines,
  ...timelineConfig(config),
});
type Slice = ReturnType<typeof slice>;

/** What the evaluation stage leaves: the judgement, how it was made, on what. */
export interface Judgement extends Evaluation {
  readonly protocol: Readonly<Record<string, unknown>>;
  readonly data: Readonly<Record<string, unknown>>;
  /** What re-ranking gives and costs, where the config has a curve. */
  readonly tradeoff?: Tradeoff;
  /** How good the systems that have items in a space, or beside each other, are at similar items. */
  readonly similar?: SimilarEvaluation;
}

/**
 * Judges the systems of the config on the window of the config. What serving knows is what lies before the
 * window; a pair that the history holds is not judged.
 */
export function evaluationStage(
  systems: readonly SystemName[],
): Stage<Config, Slice, Partial<typeof SOURCES>, Judgement> {
  const wanted = new Set<keyof typeof SOURCES>(['events', ...systems.flatMap((system) => NEEDS[system])]);
  const needs = Object.fromEntries(
    Object.entries(SOURCES).filter(([name]) => wanted.has(name as keyof typeof SOURCES)),
  );
  return defineStage({
    name: 'evaluation',
    version: '2',
    needs: needs as Partial<typeof SOURCES>,
    seeded: true,
    slice,
    identity: ({ evaluation: { userBatch: _, ...evaluation }, knn, baselines, split, window }: Slice) => ({
      evaluation,
      knn,
      baselines,
      split,
      window,
    }),
    async run(context) {
      const inputs = context.inputs as unknown as SystemInputs;
      const all = await inputs.events();
      const { config } = context;
      const times = timeline(all, config);
      const { cut, known: dataset } = times;
      const { catalogue, users, log } = dataset;
      const history = histories(log, users.size);
      const judged = times.judged();
      const recommenders: Recommender[] = [];
      const of = knowledge(dataset, inputs, cut, config);
      for (const name of config.evaluation.systems)
        recommenders.push(await makeRecommender(name, { ...of, seed: context.seed, work: context }));
      const { rerank } = config.evaluation;
      const served = recommenders.find(({ name }) => name === servedName(config.evaluation.systems));
      const also = served && (await rerankedSystem(served, { catalogue, history }, rerank));
      const protocol = {
        catalogue,
        history,
        judged,
        seed: context.seed,
        metrics: config.evaluation.metrics,
        itemVectors: await inputs.text?.(),
        bootstrap: config.evaluation.bootstrap,
        userBatch: config.evaluation.userBatch ?? undefined,
        onProgress: context.onProgress,
        signal: context.signal,
      };
      const { systems, paired, ranked } = await evaluate({
        ...protocol,
        systems: also ? [...recommenders, also] : recommenders,
      });
      const similar = await similarOf(config.evaluation.systems, of, protocol);
      const curve =
        served && rerank.curve.length > 0
          ? await tradeoff(served, { catalogue, history }, rerank, protocol)
          : undefined;
      const judgement: Judgement = {
        protocol: {
          window: config.window,
          ...heldOutWords(config.split, times),
          candidates: 'every item of the scope that is not in the history of the user',
          rank: '1 + candidates scored higher + half of the other candidates with the same score',
          bootstrap: config.evaluation.bootstrap,
          seed: context.seed,
        },
        data: {
          users: users.size,
          items: catalogue.size,
          'items by type': Object.fromEntries(
            catalogue.types.map((type, t) => [
              type,
              catalogue.typeOffsets[t + 1]! - catalogue.typeOffsets[t]!,
            ]),
          ),
          events: all.log.length + (all.test?.length ?? 0),
          'events in history': history.item.length,
          judged: judged.user.length,
          'judged users': new Set(judged.user).size,
          dropped: dataset.report.dropped,
        },
        systems,
        paired,
        ...(curve && { tradeoff: curve }),
        ...(similar && { similar }),
      };
      context.count({ systems: recommenders.length, 'judged pairs': judged.user.length });
      await writeJson(join(context.folder, 'judgement.json'), judgement);
      await writeRanks(context.folder, judged, ranked);
    },
    load: ({ folder }) => readJson<Judgement>(join(folder, 'judgement.json')),
  });
}

const date = (seconds: number) => new Date(seconds * 1000).toISOString();

/** What was held out, in the words of the protocol. */
function heldOutWords({ by, share, coldType, seed }: Slice['split'], { cut, end, split }: Timeline) {
  const simulated = coldType && {
    'new type': `events of type "${coldType.type}" are taken from ${coldType.users} of the users (seed ${seed})`,
  };
  if (split !== null)
    return {
      split: by,
      from: date(cut),
      to: end === Number.POSITIVE_INFINITY ? null : date(end),
      validation: date(split.validation),
      test: date(split.test),
      history: 'all events before the window',
      judged:
        'distinct (user, item) pairs of strong events in the window that are not in the history of the user',
      ...simulated,
    };
  if (by === 'last')
    return {
      split: by,
      history: "a user's events before the judged one",
      judged:
        "each user's last strong event with an item they had no event with before (validation: the one before that)",
      ...simulated,
    };
  return {
    split: by,
    history: 'all events of the event table (validation: less the held-out share of pairs)',
    judged: `distinct (user, item) pairs of the test file that are not in the history of the user (validation: ${share} of the pairs of the event table, seed ${seed})`,
    ...simulated,
  };
}
