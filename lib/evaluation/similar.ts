import { require } from '../errors/index.js';
import type { Histories } from '../events/index.js';
import { derive, permutation, type Seed } from '../random/index.js';
import { type EvaluateOptions, evaluate } from './evaluate.js';
import { alignColumns, figureText } from './table.js';
import type { Evaluation, Judged, Slice } from './types.js';

export interface SimilarOptions extends Omit<EvaluateOptions, 'history' | 'metrics' | 'itemVectors'> {
  /** What users went on to take. */
  readonly judged: Judged;
  /** What answers: recommenders whose user i is someone who has had item i, and nothing else. */
  readonly systems: EvaluateOptions['systems'];
  /** Items asked for those like them, drawn evenly among those that can be judged. Default 10,000. */
  readonly ask?: number;
}

const METRICS = ['hr@10', 'recall@20'];

/** How good spaces are at similar items. */
export interface SimilarEvaluation extends Evaluation {
  /** Items that were asked for those like them. */
  readonly asked: number;
}

/**
 * Judges similar items as recommendations to someone who has had one item: the right answers for item a are the items
 * that some user of the judged window took there beside a. HR@10 is then the share of items asked of which at least
 * one of the ten nearest was so taken, Recall@20 how many of those taken are among the twenty nearest; candidates are
 * all other items. The bootstrap draws items, the same for every system, so that differences are paired.
 * `systems` and `paired` have a row per scope: the type of what is found.
 * @throws CohearError ERR_VALUE where no user took two items in the window; what `evaluate` throws
 */
export async function evaluateSimilar(options: SimilarOptions): Promise<SimilarEvaluation> {
  const { catalogue, judged, seed, ask = 10_000, ...rest } = options;
  const pairs = takenTogether(judged, catalogue.size, ask, derive(seed, 'similar items'));
  require(pairs.user.length >
    0, 'ERR_VALUE', 'similar items: nobody took two items in the window, so nothing says what is alike');
  const { systems, paired } = await evaluate({
    ...rest,
    catalogue,
    seed,
    history: ownItem(catalogue.size),
    judged: pairs,
    metrics: METRICS,
  });
  return {
    asked: new Set(pairs.user).size,
    systems: systems.filter(whole),
    paired: paired.filter(whole),
  };
}

/** The other slices are of the one-item histories, and say nothing. */
const whole = ({ users, items, candidates }: Slice) =>
  users === 'all' && items === 'all' && candidates === 'all';

/** For each of at most `ask` items, the items that a user took beside it, as pairs sorted by both. */
function takenTogether({ user, item }: Judged, items: number, ask: number, seed: Seed): Judged {
  const takers: number[][] = Array.from({ length: items }, () => []);
  const begins: number[] = [];
  for (let i = 0; i < user.length; i++) {
    if (i === 0 || user[i] !== user[i - 1]) begins.push(i);
    takers[item[i]!]!.push(begins.length - 1);
  }
  begins.push(user.length);
  const asked = Array.from(permutation(items, seed))
    .filter((one) => takers[one]!.some((u) => begins[u + 1]! - begins[u]! > 1))
    .slice(0, ask)
    .sort((a, b) => a - b);
  const from: number[] = [];
  const to: number[] = [];
  for (const one of asked) {
    const beside = new Set<number>();
    for (const u of takers[one]!) for (let i = begins[u]!; i < begins[u + 1]!; i++) beside.add(item[i]!);
    beside.delete(one);
    for (const other of Uint32Array.from(beside).sort()) {
      from.push(one);
      to.push(other);
    }
  }
  return { user: Uint32Array.from(from), item: Uint32Array.from(to) };
}

/** Histories of as many users as there are items, user i having had item i alone. */
export const ownItem = (items: number): Histories => ({
  users: items,
  offsets: BigUint64Array.from({ length: items + 1 }, (_, i) => BigInt(i)),
  item: Uint32Array.from({ length: items }, (_, i) => i),
  kind: new Uint8Array(items),
  time: new Float64Array(items),
});

/** The figures as text: per type of what is found, a line per system. */
export function formatSimilar({ asked, systems }: SimilarEvaluation): string {
  const scopes = [...new Set(systems.map(({ scope }) => scope))];
  const tables = scopes.map((scope) => {
    const rows = systems.filter((row) => row.scope === scope);
    const cells = rows.map(({ name, metrics }) => [
      name,
      ...METRICS.map((metric) => figureText(metrics[metric]!)),
    ]);
    const title = `Similar ${scope === 'all' ? 'items of all types' : `items of type ${scope}`}, for ${rows[0]!.n_users} items`;
    return `${title}\n${alignColumns([['system', ...METRICS], ...cells])}`;
  });
  return [
    `Similar items: of ${asked} items, those that a user of the window took beside them`,
    ...tables,
  ].join('\n\n');
}
