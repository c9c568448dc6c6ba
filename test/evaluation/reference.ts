import type { METRICS, Recommender, Slice } from '../../lib/evaluation/index.js';
import type { Platform } from './platform.js';

type Metric = (typeof METRICS)[number];

/** The metrics of one system and slice as the protocol's sentences say them, one user and one item at a time. */
export async function referenceSlice(
  { catalogue, lists, judged }: Platform,
  system: Recommender,
  { scope, users, items, candidates }: Slice,
): Promise<{ values: Map<number, Record<Metric, number>>; coverage: number }> {
  const n = catalogue.size;
  const all = Array.from({ length: n }, (_, item) => item);
  const inScope = (item: number) => scope === 'all' || catalogue.types[catalogue.typeOf(item)] === scope;
  const count = (item: number) => lists.filter((list) => list.includes(item)).length;
  const counts = all.map(count);
  /** Fifths of the pairs of an item's type that go to more popular ones. */
  const tierOf = (item: number) => {
    const own = all.filter((other) => catalogue.typeOf(other) === catalogue.typeOf(item));
    const pairs = (some: number[]) => some.reduce((sum, other) => sum + counts[other]!, 0);
    const above = own.filter((other) => counts[other]! > counts[item]!);
    return counts[item] === 0 ? 0 : 1 + Math.floor((5 * pairs(above)) / pairs(own));
  };
  const inTier = (item: number) =>
    items === 'all' ||
    (items === 'warm' && counts[item]! >= 1) ||
    (items === 'tail' && counts[item]! >= 1 && counts[item]! <= 5) ||
    (items === 'cold' && counts[item] === 0) ||
    (items.startsWith('tier-') && tierOf(item) === Number(items.at(-1)));

  const pool = all.filter((item) => inScope(item) && (candidates === 'all' || counts[item] === 0));
  const values = new Map<number, Record<Metric, number>>();
  const listed = new Set<number>();
  for (let user = 0; user < lists.length; user++) {
    const isWarm = lists[user]!.some(inScope);
    if ((users === 'warm' && !isWarm) || (users === 'cold' && isWarm)) continue;
    const relevant: number[] = [];
    judged.user.forEach((u, i) => {
      const item = judged.item[i]!;
      if (u === user && inScope(item) && inTier(item)) relevant.push(item);
    });
    if (relevant.length === 0) continue;
    const scores = new Float32Array(n);
    await system.score(Uint32Array.of(user), scores);
    const own = pool.filter((item) => !lists[user]!.includes(item));
    const ranks = relevant.map((item) => {
      const higher = own.filter((other) => scores[other]! > scores[item]!).length;
      const ties = own.filter((other) => other !== item && scores[other] === scores[item]).length;
      return 1 + higher + ties / 2;
    });
    const best = Math.min(...ranks);
    const sum = (terms: number[]) => terms.reduce((a, b) => a + b, 0);
    values.set(user, {
      'hr@10': best <= 10 ? 1 : 0,
      mrr: best <= 100 ? 1 / best : 0,
      'ndcg@10':
        sum(ranks.filter((rank) => rank <= 10).map((rank) => 1 / Math.log2(rank + 1))) /
        sum(relevant.slice(0, 10).map((_, i) => 1 / Math.log2(i + 2))),
      'recall@20': ranks.filter((rank) => rank <= 20).length / relevant.length,
    });
    const top = [...own].sort((a, b) => scores[b]! - scores[a]! || a - b).slice(0, 10);
    for (const item of top) listed.add(item);
  }
  return { values, coverage: listed.size / pool.length };
}
