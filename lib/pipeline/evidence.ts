// What stages leave of what they were given, at a sample of items and users: so that `leakcheck` can set it beside
// the event log afterwards. Each is made from the very objects that a training reads.
import { join } from 'node:path';
import {
  type Matrix,
  matrix,
  type NamedTensor,
  type Rows,
  RowTable,
  row,
  rowReader,
  writeSafetensors,
} from '../artifacts/index.js';
import { edgesInto, type ItemGraph } from '../graph/index.js';
import { derive, permutation } from '../random/index.js';
import { type Moment, MomentInputs, type TrainingSnapshot, type World } from '../two-tower/index.js';
import type { CutGraph } from './stages/graph.js';

export const EVIDENCE = 'evidence.safetensors';

/** Items whose edges are kept. */
const EDGE_ITEMS = 48;
/** Items whose statistics, users whose inputs and examples per snapshot are kept. */
const ITEMS = 256;
const USERS = 64;
const EXAMPLES = 4096;
/** Columns of the vectors that user inputs are kept for: their means, however many events they are of. */
const COLUMNS = 4;

/** The same rows whenever a stage or a check asks: a fixed draw of at most `size` of n, ascending. */
const sampledRows = (n: number, size: number, what: string): Uint32Array =>
  permutation(n, derive(0, `evidence: ${what}`))
    .slice(0, size)
    .sort();

type Tensors = Record<string, NamedTensor>;
const vector = (data: NamedTensor['data']): NamedTensor => ({ data, shape: [data.length] });
const table = ({ data, rows, cols }: Matrix): NamedTensor => ({ data, shape: [rows, cols] });

/** The items whose edges are kept, of a catalogue of n. */
export const edgeItems = (n: number): Uint32Array => sampledRows(n, EDGE_ITEMS, 'edges');

/** All edges that lead to sampled items, with their shared users (1 where a graph keeps no counts). */
export function sampledEdges(graph: ItemGraph) {
  const wanted = edgeItems(graph.nodes);
  const { sources, destinations, counts } = edgesInto(graph, wanted);
  return {
    sources: Uint32Array.from(sources),
    destinations: Uint32Array.from(destinations),
    counts: Uint32Array.from(counts),
  };
}

/** What a graph of one moment knew. */
export function graphEvidence(into: Tensors, which: number, cut: number, { full, pruned }: CutGraph): void {
  into[`${which}.cut`] = vector(Float64Array.of(cut));
  if (full.itemUsers) into[`${which}.itemUsers`] = vector(full.itemUsers);
  for (const [name, graph] of Object.entries({ full, pruned }))
    for (const [part, data] of Object.entries(sampledEdges(graph)))
      into[`${which}.${name}.${part}`] = vector(data);
}

/** Who took what, of the graph in which users are nodes: all items that lead to sampled users. */
export function userEdgeEvidence(graph: ItemGraph, items: number, cut: number): Tensors {
  const users = sampledRows(graph.nodes - items, USERS, 'users');
  const [takers, taken]: [number[], number[]] = [[], []];
  graph.relations.forEach(({ sourceType, destinationType }, i) => {
    if (destinationType !== graph.typeOffsets.length - 2 || sourceType === destinationType) return;
    const { offsets, indices } = graph.relation(i);
    for (const user of users)
      for (let e = Number(offsets[user]); e < Number(offsets[user + 1]); e++) {
        takers.push(user);
        taken.push(indices[e]!);
      }
  });
  return {
    '0.cut': vector(Float64Array.of(cut)),
    users: vector(users),
    takers: vector(Uint32Array.from(takers)),
    taken: vector(Uint32Array.from(taken)),
  };
}

/** The first columns of some vectors: enough to see which rows went into a mean. */
export function narrow(vectors: Rows): Matrix {
  if (!(vectors instanceof RowTable) && vectors.cols <= COLUMNS) return vectors;
  const out = matrix(vectors.rows, Math.min(COLUMNS, vectors.cols));
  const read = rowReader(vectors);
  for (let r = 0; r < out.rows; r++) out.data.set(read(r).subarray(0, out.cols), r * out.cols);
  return out;
}

/** The inputs of the user tower at a moment, over narrow vectors; `users` are rows of the world's histories. */
export function userInputs(
  world: World,
  { cut, embeddings }: Pick<Moment, 'cut' | 'embeddings'>,
  users: Uint32Array,
): Matrix {
  const none = matrix(world.text.rows, 1); // statistics are no part of a user
  const inputs = new MomentInputs(
    // Items' own features are no part of a user.
    { ...world, text: narrow(world.text), itemFeatures: matrix(world.text.rows, 0) },
    { cut, embeddings: embeddings && narrow(embeddings), statistics: none },
  );
  const tensor = inputs.users(users);
  const [rows, cols] = tensor.shape;
  const out = matrix(rows, cols, Float32Array.from(tensor.dataSync()));
  tensor.dispose();
  inputs.dispose();
  return out;
}

/** What a two-tower was trained on and serves with: statistics, user inputs, examples, at each of its moments. */
export async function writeTowerEvidence(
  folder: string,
  world: World,
  snapshots: readonly TrainingSnapshot[],
  serving: Moment,
): Promise<void> {
  const items = sampledRows(world.catalogue.size, ITEMS, 'items');
  const users = sampledRows(world.histories.users, USERS, 'users');
  const into: Tensors = { items: vector(items), users: vector(users) };
  const seen = { ...world, text: narrow(world.text) }; // once for all moments
  for (const [k, moment] of [...snapshots.map((snapshot) => snapshot.moment), serving].entries()) {
    const { statistics } = moment;
    const rows = matrix(items.length, statistics.cols);
    items.forEach((item, i) => {
      rows.data.set(row(statistics, item), i * rows.cols);
    });
    into[`${k}.cut`] = vector(Float64Array.of(moment.cut));
    into[`${k}.statistics`] = table(rows);
    into[`${k}.inputs`] = table(userInputs(seen, moment, users));
    const examples = snapshots[k]?.examples;
    if (examples === undefined) continue;
    const kept = sampledRows(examples.user.length, EXAMPLES, 'examples');
    into[`${k}.exampleUsers`] = vector(Uint32Array.from(kept, (e) => examples.user[e]!));
    into[`${k}.exampleItems`] = vector(Uint32Array.from(kept, (e) => examples.item[e]!));
  }
  await writeSafetensors(join(folder, EVIDENCE), into);
}
