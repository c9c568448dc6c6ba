import {
  alignColumns,
  type EvaluateOptions,
  evaluate,
  type Figure,
  type Interval,
  LIST_METRIC,
  type Recommender,
  type RerankStrengths,
  reranked,
  type Slice,
} from '../evaluation/index.js';
import type { Config } from './config/index.js';
import { alone, penaltiesOf, type RerankWorld } from './rerank.js';

/** What re-ranking at one strength gives and costs, in one scope. */
export interface TradeoffPoint {
  readonly by: keyof RerankStrengths;
  /** 0 for the system as it is. */
  readonly strength: number;
  readonly scope: string;
  readonly metrics: Readonly<Record<string, Figure>>;
  /** Of the first metric to that of the system as it is, paired; null at strength 0. */
  readonly difference: Interval | null;
}

/** The curve: accuracy against what the lists are like, as each strength goes up. */
export interface Tradeoff {
  readonly system: string;
  readonly metric: string;
  readonly points: readonly TradeoffPoint[];
}

const LISTS = ['coverage@10', 'novelty@10', 'calibration@10'];
const BY = ['novelty', 'coverage', 'calibration'] as const;
const whole = ({ users, items, candidates }: Slice) =>
  users === 'all' && items === 'all' && candidates === 'all';

/**
 * Judges a system re-ranked at each strength of the curve, by one criterion at a time.
 * @param options what the evaluation itself is given
 */
export async function tradeoff(
  system: Recommender,
  world: RerankWorld,
  { curve, window }: Config['evaluation']['rerank'],
  { metrics = ['hr@10'], ...options }: Omit<EvaluateOptions, 'systems'>,
): Promise<Tradeoff> {
  const penalties = await penaltiesOf(system, world, true);
  const by = BY.filter((name) => name !== 'calibration' || world.catalogue.types.length > 1);
  const strengths = [...curve].sort((a, b) => a - b);
  const variants = by.flatMap((criterion) =>
    strengths.map((strength) => ({ criterion, strength, name: `${criterion} ${strength}` })),
  );
  const metric = metrics.find((name) => !LIST_METRIC.test(name)) ?? 'hr@10';
  const { systems, paired } = await evaluate({
    ...options,
    metrics: [metric, ...LISTS],
    systems: [
      { ...system, score: (...given) => system.score(...given), name: 'as it is' },
      ...variants.map(({ criterion, strength, name }) =>
        reranked(system, { ...world, ...alone(criterion, strength), window, penalties, name }),
      ),
    ],
  });
  const rows = systems.filter(whole);
  const scopes = [...new Set(rows.map(({ scope }) => scope))];
  const figures = (name: string, scope: string) =>
    rows.find((row) => row.name === name && row.scope === scope)!.metrics;
  const points = scopes.flatMap((scope) =>
    by.flatMap((criterion): TradeoffPoint[] => [
      { by: criterion, strength: 0, scope, metrics: figures('as it is', scope), difference: null },
      ...variants
        .filter((variant) => variant.criterion === criterion)
        .map(({ strength, name }) => {
          const pair = paired.find(
            (row) =>
              row.a === name &&
              row.b === 'as it is' &&
              row.scope === scope &&
              row.metric === metric &&
              whole(row),
          )!;
          const difference = { value: pair.difference, low: pair.low, high: pair.high };
          return { by: criterion, strength, scope, metrics: figures(name, scope), difference };
        }),
    ]),
  );
  return { system: system.name, metric, points };
}

const number = (value: number) => value.toFixed(4).replace(/^(-?)0\./, '$1.');

/** The curve as text: a table per scope. */
export function formatTradeoff({ system, metric, points }: Tradeoff): string {
  return [...new Set(points.map(({ scope }) => scope))]
    .map((scope) => {
      const rows = points
        .filter((point) => point.scope === scope)
        .map(({ by, strength, metrics, difference }) => [
          by,
          String(strength),
          number(metrics[metric]!.value),
          difference === null
            ? ''
            : `${number(difference.value)} [${number(difference.low)}, ${number(difference.high)}]`,
          ...LISTS.map((name) => number(metrics[name]!.value)),
        ]);
      const title = `Re-ranking of ${system}, ${scope === 'all' ? 'all types' : scope}: what each strength gives and costs`;
      return `${title}\n${alignColumns([['by', 'strength', metric, 'difference', ...LISTS], ...rows])}`;
    })
    .join('\n\n');
}
