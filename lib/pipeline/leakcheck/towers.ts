import { join } from 'node:path';
import { type Matrix, matrix, readJson } from '../../artifacts/index.js';
import { histories } from '../../events/index.js';
import { arranged, itemStatistics, tableFeatures, timesByStrength } from '../../two-tower/index.js';
import { narrow, userInputs } from '../evidence.js';
import { embeddingsStage } from '../stages/embeddings.js';
import { textStage } from '../stages/text.js';
import { type FeatureColumns, towerWorld } from '../stages/towers.js';
import { type CheckContext, type Evidence, evidenceOf, folderOf, itemName, userName } from './context.js';
import { date, Findings } from './report.js';
import { logBefore } from './truth.js';

const STAGES = ['two-tower', 'two-tower-per-type', 'two-tower-text'];
/** Values that differ by less are the same: the same sums in another order. */
const NEAR = 1e-5;

const far = (a: number, b: number): boolean =>
  !(Math.abs(a - b) <= NEAR * Math.max(1, Math.abs(a), Math.abs(b)));

/** Column of the first value in which two rows differ, or −1. */
function differs(a: Matrix, b: Matrix, row: number): number {
  for (let c = 0; c < a.cols; c++) if (far(a.data[row * a.cols + c]!, b.data[row * b.cols + c]!)) return c;
  return -1;
}

/** Item statistics that a two-tower was given, beside those of a log in which the future is absent. */
export async function checkStatistics(context: CheckContext): Promise<Findings> {
  const found = new Findings('statistics', 'item statistics');
  const { truth, config, cut } = context;
  if (!config.twoTower.statistics) {
    found.note('not checked: the two-towers of this run have none');
    return found;
  }
  for (const stage of STAGES) {
    const evidence = await evidenceOf(context, stage);
    if (evidence === undefined) continue;
    const items = evidence.get('items', Uint32Array);
    const place = new Map(Array.from(items, (item, i) => [item, i]));
    const cuts = cutsOf(evidence);
    const log = await truth.log({ before: Math.max(...cuts.values()), items });
    const own = { ...log, item: log.item.map((item) => place.get(item)!) };
    for (const [k, moment] of cuts) {
      if (moment > cut)
        found.leak(() => `${stage}, moment ${k}: of ${date(moment)}, after the cut at ${date(cut)}`);
      const sources = timesByStrength(logBefore(own, moment), items.length);
      const expected = itemStatistics(sources, moment, config.twoTower.windows);
      const given = table(evidence.get(`${k}.statistics`, Float32Array), items.length);
      found.checked(items.length);
      items.forEach((item, i) => {
        const c = given.cols === expected.cols ? differs(given, expected, i) : 0;
        if (c >= 0)
          found.leak(
            () =>
              `${stage}, moment ${k}: statistic ${c} of item ${itemName(context, item)} is ${given.data[i * given.cols + c]}; by the events before ${date(moment)} it is ${expected.data[i * expected.cols + c]}`,
          );
      });
    }
  }
  return found;
}

/** The cut of each moment. */
const cutsOf = (evidence: Evidence): ReadonlyMap<number, number> =>
  new Map(evidence.moments.map((k) => [k, evidence.get(`${k}.cut`, Float64Array)[0]!]));

const table = (data: Float32Array, rows: number): Matrix => matrix(rows, data.length / rows, data);

/**
 * Histories: the events of sampled users in the run's log are those of the table before the cut, and the inputs that
 * a two-tower was given for them at each moment are what a log gives in which everything from that moment on is absent.
 */
export async function checkHistories(context: CheckContext): Promise<Findings> {
  const found = new Findings('histories', 'user inputs and events');
  const { truth, config, dataset, cut } = context;
  for (const stage of STAGES) {
    const evidence = await evidenceOf(context, stage);
    if (evidence === undefined) continue;
    const users = evidence.get('users', Uint32Array);
    await checkLog(context, users, found);
    const text = narrow(await textStage.load({ folder: folderOf(context, 'text')! } as never));
    const embeddingsOf =
      stage === 'two-tower-text'
        ? null
        : await embeddingsStage.load({ folder: folderOf(context, 'embeddings')! } as never);
    const { columns } = await readJson<{ columns: FeatureColumns }>(
      join(folderOf(context, stage)!, 'model.json'),
    );
    const { users: people, catalogue } = dataset;
    const features = {
      text,
      itemFeatures: matrix(catalogue.size, 0),
      userFeatures: arranged(tableFeatures(people.size, people.categories, people.numbers), columns.user),
    };
    const log = await truth.log({ before: cut, users });
    for (const [k, moment] of cutsOf(evidence)) {
      const world = towerWorld(dataset, features, histories(logBefore(log, moment), people.size), config);
      const which = k === evidence.moments.at(-1) ? 'serving' : k;
      const embeddings = embeddingsOf && (await embeddingsOf.at(which));
      const expected = userInputs(world, { cut: moment, embeddings }, users);
      const given = table(evidence.get(`${k}.inputs`, Float32Array), users.length);
      found.checked(users.length);
      users.forEach((user, i) => {
        const c = given.cols === expected.cols ? differs(given, expected, i) : 0;
        if (c >= 0)
          found.leak(
            () =>
              `${stage}, moment ${k}: input ${c} of user ${userName(context, user)} is ${given.data[i * given.cols + c]}; by the events before ${date(moment)} it is ${expected.data[i * expected.cols + c]}`,
          );
      });
    }
  }
  return found;
}

/** Events that the run's log has before the cut and the table does not: later ones with an earlier time. */
async function checkLog(context: CheckContext, users: Uint32Array, found: Findings): Promise<void> {
  const { dataset, truth, cut } = context;
  const known = await truth.log({ before: cut, users, whole: true });
  const there = new Set<string>();
  for (let e = 0; e < known.length; e++) there.add(`${known.user[e]} ${known.item[e]} ${known.time[e]}`);
  const { offsets, item, time } = histories(dataset.log, dataset.users.size, { before: cut });
  for (const user of users)
    for (let e = Number(offsets[user]); e < Number(offsets[user + 1]); e++) {
      found.checked(1);
      if (!there.has(`${user} ${item[e]} ${time[e]}`))
        found.leak(
          () =>
            `events: user ${userName(context, user)} has item ${itemName(context, item[e]!)} at ${date(time[e]!)}; the table has no such event before the cut`,
        );
    }
}

/** Examples: taken after the moment and before the cut, by a user who had not met the item before. */
export async function checkExamples(context: CheckContext): Promise<Findings> {
  const found = new Findings('examples', 'training examples');
  const { truth, cut, dataset } = context;
  for (const stage of STAGES) {
    const evidence = await evidenceOf(context, stage);
    if (evidence === undefined) continue;
    const learned = [...cutsOf(evidence)]
      .filter(([k]) => evidence.has(`${k}.exampleUsers`))
      .map(([k, moment]) => ({
        k,
        moment,
        users: evidence.get(`${k}.exampleUsers`, Uint32Array),
        items: evidence.get(`${k}.exampleItems`, Uint32Array),
      }));
    const everyone = Uint32Array.from(new Set(learned.flatMap(({ users }) => Array.from(users))));
    const log = await truth.log({ before: cut, users: everyone });
    const met = new Map<string, number>(); // first of any kind
    const took = new Map<string, number>(); // last strong one
    for (let e = 0; e < log.length; e++) {
      const pair = `${log.user[e]} ${log.item[e]}`;
      met.set(pair, Math.min(met.get(pair) ?? Number.POSITIVE_INFINITY, log.time[e]!));
      if (dataset.log.kinds[log.kind[e]!]!.strong)
        took.set(pair, Math.max(took.get(pair) ?? Number.NEGATIVE_INFINITY, log.time[e]!));
    }
    for (const { k, moment, users, items } of learned) {
      found.checked(users.length);
      users.forEach((user, e) => {
        const pair = `${user} ${items[e]}`;
        const words = `${stage}, moment ${k}: example ${userName(context, user)} ${itemName(context, items[e]!)}`;
        if (met.get(pair)! < moment)
          found.leak(() => `${words} is in the history of its user before ${date(moment)}`);
        else if (!(took.get(pair)! >= moment))
          found.leak(() => `${words} was not taken between ${date(moment)} and the cut at ${date(cut)}`);
      });
    }
  }
  return found;
}
