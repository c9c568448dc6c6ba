import { join } from 'node:path';
import { ItemGraph } from '../../graph/index.js';
import { sampleNegatives } from '../../sampler/index.js';
import { edgeItems, sampledEdges } from '../evidence.js';
import { type CheckContext, evidenceOf, folderOf, itemName, userName } from './context.js';
import { date, Findings } from './report.js';

/** Edges as an artifact holds them, those that lead to a sample of items. */
interface Seen {
  readonly where: string;
  readonly cut: number;
  readonly itemUsers?: Uint32Array | undefined;
  readonly edges: Readonly<Record<string, ReturnType<typeof sampledEdges>>>;
}

/**
 * Edges: no item has more users than the table knows before the moment of its graph, no edge of the sampled items
 * more shared users, and no edge of the serving graph was last made at or after the cut.
 */
export async function checkEdges(context: CheckContext): Promise<Findings> {
  const found = new Findings('edges', 'edges');
  const { truth, cut } = context;
  const seen = await seenGraphs(context, found);
  const moments = [cut, ...seen.map(({ cut }) => cut)];
  const users = await truth.usersOf(moments);
  const shared = await truth.shared(edgeItems(context.dataset.catalogue.size), moments);
  for (const { where, cut: moment, itemUsers, edges } of seen) {
    if (moment > cut)
      found.leak(() => `${where}: its graph is of ${date(moment)}, after the cut at ${date(cut)}`);
    const known = users.get(moment)!;
    itemUsers?.forEach((count, item) => {
      if (count > known[item]!)
        found.leak(
          () =>
            `${where}: item ${itemName(context, item)} has ${count} users in the graph of ${date(moment)}; the events before it have ${known[item]}`,
        );
    });
    for (const [graph, { sources, destinations, counts }] of Object.entries(edges)) {
      found.checked(sources.length);
      sources.forEach((source, e) => {
        const [item, count] = [destinations[e]!, counts[e]!];
        const really = shared.count(item, source, moment);
        if (count > really)
          found.leak(
            () =>
              `${where}, ${graph} graph: ${itemName(context, source)} and ${itemName(context, item)} share ${count} users; before ${date(moment)} it is ${really}`,
          );
      });
    }
  }
  await checkUserEdges(context, found);
  return found;
}

/** Edges of the graph in which users are nodes: each an event before its moment. */
async function checkUserEdges(context: CheckContext, found: Findings): Promise<void> {
  const evidence = await evidenceOf(context, 'hgnn-users');
  if (evidence === undefined) return;
  const { truth, cut, dataset } = context;
  const moment = evidence.get('0.cut', Float64Array)[0]!;
  if (moment > cut)
    found.leak(() => `hgnn-users: its graph is of ${date(moment)}, after the cut at ${date(cut)}`);
  const log = await truth.log({ before: moment, users: evidence.get('users', Uint32Array) });
  const took = new Set<string>();
  for (let e = 0; e < log.length; e++)
    if (dataset.log.kinds[log.kind[e]!]!.strong) took.add(`${log.user[e]} ${log.item[e]}`);
  const takers = evidence.get('takers', Uint32Array);
  const taken = evidence.get('taken', Uint32Array);
  found.checked(takers.length);
  takers.forEach((user, e) => {
    if (!took.has(`${user} ${taken[e]}`))
      found.leak(
        () =>
          `hgnn-users: user ${userName(context, user)} is joined to item ${itemName(context, taken[e]!)}; no event before ${date(moment)} does`,
      );
  });
}

async function seenGraphs(context: CheckContext, found: Findings): Promise<Seen[]> {
  const seen: Seen[] = [];
  const folder = folderOf(context, 'graph');
  if (folder !== undefined) {
    using full = await ItemGraph.open(join(folder, 'full.safetensors'));
    using pruned = await ItemGraph.open(join(folder, 'pruned.safetensors'));
    lateEdges(context, full, found);
    seen.push({
      where: 'graph',
      cut: context.cut,
      itemUsers: full.itemUsers,
      edges: { whole: sampledEdges(full), pruned: sampledEdges(pruned) },
    });
  }
  for (const stage of ['hgnn', 'embeddings']) {
    const evidence = await evidenceOf(context, stage);
    if (evidence === undefined && folderOf(context, stage) !== undefined)
      found.note(`${stage}: nothing to check, it was taken from an earlier run as it is`);
    for (const k of evidence?.moments ?? []) {
      const list = (graph: string) => ({
        sources: evidence!.get(`${k}.${graph}.sources`, Uint32Array),
        destinations: evidence!.get(`${k}.${graph}.destinations`, Uint32Array),
        counts: evidence!.get(`${k}.${graph}.counts`, Uint32Array),
      });
      seen.push({
        where: `${stage}, moment ${k}`,
        cut: evidence!.get(`${k}.cut`, Float64Array)[0]!,
        itemUsers: evidence!.has(`${k}.itemUsers`) ? evidence!.get(`${k}.itemUsers`, Uint32Array) : undefined,
        edges: { whole: list('full'), pruned: list('pruned') },
      });
    }
  }
  return seen;
}

/** Every edge of the serving graph by the time at which it was last made. */
function lateEdges(context: CheckContext, graph: ItemGraph, found: Findings): void {
  graph.relations.forEach((_, i) => {
    const { lastTimes, indices } = graph.relation(i);
    found.checked(indices.length);
    lastTimes?.forEach((time, e) => {
      if (time >= context.cut)
        found.leak(
          () =>
            `graph: an edge from ${itemName(context, indices[e]!)} was last made at ${date(time)}, not before the cut at ${date(context.cut)}`,
        );
    });
  });
}

/** Draws per sampled anchor. */
const DRAWS = 100;
/** Fewer than this share of the expected number is no chance any more, from 40 expected on. */
const SHARE = 0.5;

/**
 * Negatives: drawn from the serving graph as the HGNN draws them, as many become neighbours of their anchor after the
 * cut as of draws that know nothing of it. Were they rejected by what came later, none would.
 */
export async function checkNegatives(context: CheckContext): Promise<Findings> {
  const found = new Findings('negatives', 'draws');
  const folder = folderOf(context, 'graph');
  if (folder === undefined) {
    found.note('not checked: no system of this run reads the stage "graph"');
    return found;
  }
  const { dataset, truth, cut } = context;
  const { typeOffsets, types } = dataset.catalogue;
  using graph = await ItemGraph.open(join(folder, 'full.safetensors'));
  const anchors = edgeItems(context.dataset.catalogue.size);
  const shared = await truth.shared(anchors, [cut, Number.MAX_SAFE_INTEGER]);
  const neighbours = sampledEdges(graph);
  let [expected, hits] = [0, 0];
  const place = new Map(Array.from(anchors, (anchor, a) => [anchor, a]));
  const joined = Array.from(anchors, (): number[] => []);
  for (const [anchor, item] of shared.pairs())
    if (shared.count(anchor, item, cut) === 0) joined[place.get(anchor)!]!.push(item);
  for (let type = 0; type < types.length; type++) {
    const [begin, end] = [typeOffsets[type]!, typeOffsets[type + 1]!];
    const later = joined.map((items) => new Set(items.filter((item) => item >= begin && item < end)));
    const of = Array.from(anchors, (anchor) => {
      let count = anchor >= begin && anchor < end ? 1 : 0; // itself
      for (let e = 0; e < neighbours.sources.length; e++)
        if (
          neighbours.destinations[e] === anchor &&
          neighbours.sources[e]! >= begin &&
          neighbours.sources[e]! < end
        )
          count++;
      return count;
    });
    const links = { anchors, positives: new Uint32Array(anchors.length).fill(begin) };
    const { negatives: drawn } = await sampleNegatives(graph, links, { count: DRAWS, seed: 0 });
    anchors.forEach((_, a) => {
      const free = end - begin - of[a]!;
      if (free <= 0) return;
      expected += (DRAWS * later[a]!.size) / free;
      for (let d = 0; d < DRAWS; d++) if (later[a]!.has(drawn[a * DRAWS + d]!)) hits++;
    });
    found.checked(anchors.length * DRAWS);
  }
  if (expected >= 40 && hits < SHARE * expected)
    found.leak(
      () =>
        `of ${anchors.length * DRAWS * types.length} negatives ${hits} become neighbours of their anchor after the cut, where ${expected.toFixed(0)} are expected: the graph that rejects them knows what came later`,
    );
  return found;
}
