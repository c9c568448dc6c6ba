import { type Rows, rowReader } from '../artifacts/index.js';
import { require } from '../errors/index.js';
import type { Catalogue } from '../events/index.js';
import { NO_ROW } from '../retrieval/index.js';
import { LIST_METRIC } from './metrics.js';
import type { SystemRanks } from './rank-users.js';
import { divergence, typeShares } from './rerank.js';
import type { Members, Population } from './slices.js';

export interface ListContext {
  readonly catalogue: Catalogue;
  readonly population: Population;
  /** Users with any history. */
  readonly historyUsers: number;
  /** Vectors of the items, whose cosines say how alike they are: for diversity. */
  readonly itemVectors?: Rows | undefined;
}

interface Lists {
  /** Lists of `depth` items, one per user, NO_ROW past the end. */
  readonly top: Uint32Array;
  readonly depth: number;
  readonly k: number;
}

/** A user's list, cut to k. */
const listOf = ({ top, depth, k }: Lists, user: number): Uint32Array => {
  const list = top.subarray(user * depth, user * depth + k);
  const end = list.indexOf(NO_ROW);
  return end < 0 ? list : list.subarray(0, end);
};

/** The mean over the users whose list is not empty of the mean of `value` over its items. */
function meanOver(lists: Lists, users: Uint32Array, value: (item: number) => number): number {
  let [sum, counted] = [0, 0];
  for (const user of users) {
    const list = listOf(lists, user);
    if (list.length === 0) continue;
    sum += list.reduce((a, item) => a + value(item), 0) / list.length;
    counted++;
  }
  return counted === 0 ? 0 : sum / counted;
}

function coverage(lists: Lists, { users, scopeIndex, slice }: Members, of: ListContext): number {
  const { catalogue, population } = of;
  const seen = new Set<number>();
  for (const user of users) for (const item of listOf(lists, user)) seen.add(item);
  const first = scopeIndex === 0 ? 0 : catalogue.typeOffsets[scopeIndex - 1]!;
  const last = scopeIndex === 0 ? catalogue.size : catalogue.typeOffsets[scopeIndex]!;
  if (slice.candidates !== 'cold') return seen.size / (last - first);
  return seen.size / population.cold.subarray(first, last).reduce((a, b) => a + b, 0);
}

/** 1 less the mean cosine over the pairs of a list, from |sum of unit vectors|² = n + 2 sum of cosines. */
function diversity(lists: Lists, users: Uint32Array, vectors: Rows): number {
  const vectorOf = rowReader(vectors);
  let [sum, counted] = [0, 0];
  const total = new Float64Array(vectors.cols);
  for (const user of users) {
    const list = listOf(lists, user);
    if (list.length < 2) continue;
    total.fill(0);
    let squares = 0; // 1 for each item, 0 for one without a vector, which is like nothing
    for (const item of list) {
      const vector = vectorOf(item);
      let square = 0;
      for (const x of vector) square += x * x;
      if (square === 0) continue;
      const scale = 1 / Math.sqrt(square);
      for (let c = 0; c < total.length; c++) total[c]! += scale * vector[c]!;
      squares++;
    }
    const cosines = (total.reduce((a, x) => a + x * x, 0) - squares) / 2;
    sum += 1 - cosines / ((list.length * (list.length - 1)) / 2);
    counted++;
  }
  return counted === 0 ? 0 : sum / counted;
}

function calibration(lists: Lists, users: Uint32Array, { catalogue, population }: ListContext): number {
  const typeOf = (item: number) => catalogue.typeOf(item);
  const types = catalogue.types.length;
  let [sum, counted] = [0, 0];
  for (const user of users) {
    const [begin, end] = [Number(population.seenOffsets[user]), Number(population.seenOffsets[user + 1])];
    const target = typeShares(population.seen.subarray(begin, end), typeOf, types);
    const list = listOf(lists, user);
    if (target === null || list.length === 0) continue;
    const counts = new Array<number>(types).fill(0);
    for (const item of list) counts[typeOf(item)]!++;
    sum += divergence(target, counts);
    counted++;
  }
  return counted === 0 ? 0 : sum / counted;
}

/**
 * A figure of the lists that the users of a slice get, whatever they went on to take:
 * - coverage@k    different items in those lists over the items of the scope (with cold candidates: the cold ones)
 * - novelty@k     mean of −log2((n_i + 1) / (N + 1)) bits, n_i of N users with the item in their history
 * - popularity@k  mean of n_i / N: how far a system leans to what everybody has
 * - calibration@k mean KL(shares of the types in the user's history || their shares in the list) in nats, 0 at best;
 *                 over the users with a history
 * - diversity@k   1 − mean cosine of the pairs of a list; undefined without item vectors
 */
export function listMetric(
  name: string,
  members: Members,
  { top, depth }: Pick<SystemRanks, 'top' | 'depth'>,
  of: ListContext,
): number | undefined {
  const match = LIST_METRIC.exec(name);
  require(match, 'ERR_VALUE', () =>
    `no metric "${name}": want coverage, novelty, popularity, calibration or diversity with a depth, such as coverage@10`);
  const cold = members.slice.candidates === 'cold';
  const lists = { top: top[2 * members.scopeIndex + (cold ? 1 : 0)]!, depth, k: Number(match[2]) };
  const { counts } = of.population;
  switch (match[1]) {
    case 'coverage':
      return coverage(lists, members, of);
    case 'novelty':
      return meanOver(lists, members.users, (i) => -Math.log2((counts[i]! + 1) / (of.historyUsers + 1)));
    case 'popularity':
      return meanOver(lists, members.users, (i) => counts[i]! / Math.max(1, of.historyUsers));
    case 'calibration':
      return calibration(lists, members.users, of);
    default:
      return of.itemVectors && diversity(lists, members.users, of.itemVectors);
  }
}
