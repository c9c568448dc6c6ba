import { type Matrix, matrix, row } from '../artifacts/index.js';
import { CohearError } from '../errors/index.js';
import { rerankList, reranks, typeShares, vectorRecommender } from '../evaluation/index.js';
import type { Catalogue, Histories } from '../events/index.js';
import { histories } from '../events/index.js';
import { NO_ROW, topK } from '../retrieval/index.js';
import { cleanText } from '../text/index.js';
import type { Config } from './config/index.js';
import { directions } from './directions.js';
import { once } from './once.js';
import type { StoredRun } from './read.js';
import type { ListedItem, ListOptions, Recommendations } from './recommendations.js';
import { penaltiesOf, servedName } from './rerank.js';
import { searcher } from './search.js';
import { eventsStage } from './stages/events.js';
import { servedStage } from './stages/index.js';
import { twoTowerStage } from './stages/two-tower.js';
import { timeline, timelineConfig } from './timeline.js';

/** Answers questions from a finished run's artifacts: exact nearest neighbours by dot product. */
export async function serve(run: StoredRun, config: Config): Promise<Recommendations> {
  const stage = servedStage(config.evaluation.systems);
  const { known: dataset } = timeline(await run.output(eventsStage), timelineConfig(config));
  const { catalogue, users, log } = dataset;
  const vectors = await run.output(stage);
  const known = histories(log, users.size);
  const taken = histories(log, users.size, { strongOnly: true });
  const list = async (query: Matrix, items: Matrix, leaveOut: Uint32Array, { k, type }: ListOptions) => {
    const excluded = { offsets: BigUint64Array.of(0n, BigInt(leaveOut.length)), rows: leaveOut };
    const { rows, scores } = await topK(query, items, { k, range: rangeOf(catalogue, type), excluded });
    return Array.from(rows, (item, i) => listed(catalogue, item, i + 1, scores[i]!)).filter(
      (x) => x !== undefined,
    );
  };
  const { window, ...strengths } = config.evaluation.rerank;
  const penalties = once(() =>
    penaltiesOf(
      vectorRecommender(servedName(config.evaluation.systems)!, {
        userVectors: vectors.users,
        itemVectors: vectors.items,
      }),
      { catalogue, history: known },
      strengths.coverage > 0,
    ),
  );
  /** The best items of each type in the order that the config's re-ranking gives them. */
  const listReranked = async (u: number, query: Matrix, { k, type }: ListOptions) => {
    const leaveOut = seen(taken, u);
    const excluded = { offsets: BigUint64Array.of(0n, BigInt(leaveOut.length)), rows: leaveOut };
    const candidates = await Promise.all(
      catalogue.types.map(async (name, t) => {
        const wanted = type === undefined || type === name ? Math.max(window, k) : 0;
        if (wanted === 0) return { type: t, items: [], scores: [] };
        const { rows, scores } = await topK(query, vectors.items, {
          k: wanted,
          range: rangeOf(catalogue, name),
          excluded,
        });
        const length = rows.includes(NO_ROW) ? rows.indexOf(NO_ROW) : rows.length;
        return { type: t, items: rows.subarray(0, length), scores: scores.subarray(0, length) };
      }),
    );
    const scoreOf = new Map(
      candidates.flatMap(({ items, scores }) => Array.from(items, (item, i) => [item, scores[i]!] as const)),
    );
    const had = seen(known, u);
    const target =
      type === undefined ? typeShares(had, (item) => catalogue.typeOf(item), catalogue.types.length) : null;
    const order = rerankList(candidates, strengths, await penalties(), target).subarray(0, k);
    return Array.from(order, (item, i) => listed(catalogue, item, i + 1, scoreOf.get(item)!)!);
  };
  const userRow = (id: string) => {
    const found = users.rowOf(id);
    if (found === undefined) {
      throw new CohearError(
        'ERR_CONFIG',
        `no user "${id}" in this run; its ${users.size} users are like ${sample(users.ids)}`,
      );
    }
    return found;
  };

  const search = searcher({
    run,
    config,
    catalogue,
    towers: { ...vectors, graph: stage === twoTowerStage },
  });

  return {
    async recommend(user, options) {
      const u = userRow(user);
      const query = matrix(1, vectors.users.cols, row(vectors.users, u).slice());
      if (options.type !== undefined) rangeOf(catalogue, options.type); // an unknown one is refused
      return reranks(strengths)
        ? listReranked(u, query, options)
        : list(query, vectors.items, seen(taken, u), options);
    },
    async similar(item, options) {
      const i = catalogue.rowOf(item);
      if (i === undefined) {
        throw new CohearError(
          'ERR_CONFIG',
          `no item "${item}" in this run; its ${catalogue.size} items are like ${sample(catalogue.ids)}`,
        );
      }
      const unit = directions(vectors.items);
      return list(matrix(1, unit.cols, row(unit, i).slice()), unit, Uint32Array.of(i), options);
    },
    async search(query, options) {
      const range = rangeOf(catalogue, options.type);
      const found = await search(query, { ...options, range });
      return found.map(({ item, score }, i) => listed(catalogue, item, i + 1, score)!);
    },
    async history(user, k) {
      const u = userRow(user);
      const [begin, end] = [Number(known.offsets[u]), Number(known.offsets[u + 1])];
      const items: ListedItem[] = [];
      for (let e = end - 1; e >= begin && items.length < k; e--) {
        items.push(listed(catalogue, known.item[e]!, items.length + 1, known.time[e]!)!);
      }
      return items;
    },
    async sampleUsers(count) {
      const warm = users.ids.filter((_, u) => known.offsets[u] !== known.offsets[u + 1]);
      return Array.from(
        { length: Math.min(count, warm.length) },
        (_, i) => warm[Math.floor((i * warm.length) / count)]!,
      );
    },
  };
}

function rangeOf(catalogue: Catalogue, type: string | undefined): [number, number] {
  if (type === undefined) return [0, catalogue.size];
  const t = catalogue.types.indexOf(type);
  if (t < 0)
    throw new CohearError(
      'ERR_CONFIG',
      `no item type "${type}"; the types are ${catalogue.types.join(', ')}`,
    );
  return [catalogue.typeOffsets[t]!, catalogue.typeOffsets[t + 1]!];
}

/** The distinct items of a user, ascending. */
const seen = ({ offsets, item }: Histories, user: number): Uint32Array =>
  Uint32Array.from(new Set(item.subarray(Number(offsets[user]), Number(offsets[user + 1])))).sort();

function listed(catalogue: Catalogue, item: number, rank: number, score: number): ListedItem | undefined {
  if (item === NO_ROW) return undefined;
  const title = catalogue.titles[item]!;
  return {
    rank,
    id: catalogue.ids[item]!,
    type: catalogue.types[catalogue.typeOf(item)]!,
    title: title === null ? null : cleanText(title),
    score,
  };
}

const sample = (ids: readonly string[]) =>
  ids
    .slice(0, 3)
    .map((id) => `"${id}"`)
    .join(', ');
