import { readRanks } from '../ranks.js';
import { type CheckContext, folderOf, itemName, userName } from './context.js';
import { date, Findings } from './report.js';

const DAY = 86_400;
/** Judged pairs whose ranks are found anew. */
const PAIRS = 2000;

/** A spread of the judged pairs, whole users first to last. */
async function pairsOf(context: CheckContext) {
  const folder = folderOf(context, 'evaluation');
  if (folder === undefined) return undefined;
  const { judged, systems } = await readRanks(folder);
  const step = Math.max(1, Math.floor(judged.user.length / PAIRS));
  const pairs: number[] = Array.from({ length: Math.ceil(judged.user.length / step) }, (_, i) => i * step);
  return { judged, systems, pairs, users: Uint32Array.from(new Set(pairs.map((p) => judged.user[p]!))) };
}

/** Judged pairs: taken in the window, by a user who had nothing of it before the cut. */
export async function checkJudgedPairs(context: CheckContext): Promise<Findings> {
  const found = new Findings('judged', 'judged pairs');
  const { truth, cut } = context;
  const of = await pairsOf(context);
  if (of === undefined) return found;
  const log = await truth.log({ before: Number.MAX_SAFE_INTEGER, users: of.users, whole: true });
  const [before, after] = [new Set<string>(), new Set<string>()];
  for (let e = 0; e < log.length; e++)
    (log.time[e]! < cut ? before : after).add(`${log.user[e]} ${log.item[e]}`);
  for (const p of of.pairs) {
    const [user, item] = [of.judged.user[p]!, of.judged.item[p]!];
    found.checked(1);
    const words = `evaluation: ${userName(context, user)} ${itemName(context, item)}`;
    if (before.has(`${user} ${item}`))
      found.leak(() => `${words} is judged, and known before the cut at ${date(cut)}`);
    else if (!after.has(`${user} ${item}`))
      found.leak(() => `${words} is judged, and was never taken after the cut`);
  }
  return found;
}

/** Popularity: the rank of every sampled pair as the counts before the cut give it. */
export async function checkPopularity(context: CheckContext): Promise<Findings> {
  const found = new Findings('popularity', 'ranks');
  const { truth, cut, dataset } = context;
  const of = await pairsOf(context);
  if (of === undefined) return found;
  const systems = of.systems.filter(({ name }) => name.startsWith('popularity'));
  if (systems.length === 0 || dataset.report.dropped['type mismatch']) {
    found.note(
      systems.length === 0
        ? 'not judged in this run'
        : 'not checked: events of another type than their item were left out',
    );
    return found;
  }
  const log = await truth.log({ before: cut, users: of.users });
  const history = new Map<number, Set<number>>(Array.from(of.users, (user) => [user, new Set()]));
  for (let e = 0; e < log.length; e++) history.get(log.user[e]!)!.add(log.item[e]!);
  const all = await truth.eventsOf(Number.NEGATIVE_INFINITY, cut);
  for (const { name, ranks } of systems) {
    const days = /-(\d+)d$/.exec(name)?.[1];
    const recent = days === undefined ? all : await truth.eventsOf(cut - Number(days) * DAY, cut);
    const { place, above, same } = placesOf(recent, all);
    for (const p of of.pairs) {
      const item = of.judged.item[p]!;
      const own = place[item]!;
      let better = above[own]!;
      let equal = same[own]! - 1;
      for (const had of history.get(of.judged.user[p]!)!) {
        if (place[had]! < own) better--;
        else if (place[had] === own) equal--;
      }
      const expected: number = 1 + better + equal / 2;
      found.checked(1);
      if (ranks[0]![p] !== expected)
        found.leak(
          () =>
            `evaluation: ${name} ranks ${itemName(context, item)} ${ranks[0]![p]} for ${userName(context, of.judged.user[p]!)}; by the events before ${date(cut)} it is ${expected}`,
        );
    }
  }
  return found;
}

/** Items ordered by (recent, all) from the most on: the place of each, and per place how many are above and in it. */
function placesOf(recent: Uint32Array, all: Uint32Array) {
  const compare = (a: number, b: number) => recent[b]! - recent[a]! || all[b]! - all[a]!;
  const order = Uint32Array.from(recent, (_, i) => i).sort(compare);
  const place = new Uint32Array(order.length);
  const above: number[] = [];
  const same: number[] = [];
  order.forEach((item, i) => {
    if (i === 0 || compare(order[i - 1]!, item) !== 0) {
      above.push(i);
      same.push(0);
    }
    place[item] = above.length - 1;
    same[above.length - 1]!++;
  });
  return { place, above, same };
}

/** Vocabulary: which items there are. Without an item table they come from the events, of every time. */
export async function checkVocabulary(context: CheckContext): Promise<Findings> {
  const found = new Findings('vocabulary', 'items');
  const { truth, cut, dataset, config } = context;
  found.checked(dataset.catalogue.size);
  if (config.items !== undefined) return found;
  const known = await truth.anyOf(cut);
  const late = known.flatMap((events, item) => (events === 0 ? [item] : []));
  if (late.length > 0)
    found.note(
      `${late.length} items are known only by events from the cut on, such as ${itemName(context, late[0]!)}: without an item table, their existence (not what they are) is taken from the future; every system has them among its candidates`,
    );
  return found;
}
