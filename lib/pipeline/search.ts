import { type Matrix, matrix, type Rows, rowReader } from '../artifacts/index.js';
import { require } from '../errors/index.js';
import type { Catalogue } from '../events/index.js';
import { edgesInto, type ItemGraph } from '../graph/index.js';
import { embedNew, messageGraph, rotated } from '../hgnn/index.js';
import { NO_ROW, topK } from '../retrieval/index.js';
import { cleanText, makeEncoder, type TextEncoder } from '../text/index.js';
import { MomentInputs } from '../two-tower/index.js';
import type { Config } from './config/index.js';
import { directions } from './directions.js';
import { once } from './once.js';
import type { StoredRun } from './read.js';
import type { SearchOptions } from './recommendations.js';
import { embeddingsStage } from './stages/embeddings.js';
import { eventsStage } from './stages/events.js';
import { graphAt } from './stages/graph.js';
import { hgnnStage } from './stages/hgnn.js';
import { textStage } from './stages/text.js';
import { servingFacts, towerSlice } from './stages/towers.js';
import type { TwoTowerOutput } from './stages/two-tower.js';
import { timeline, timelineConfig } from './timeline.js';

/** An item that was found. */
export interface Found {
  readonly item: number;
  readonly score: number;
}

/** A finished run as a search sees it. */
export interface Searched {
  readonly run: StoredRun;
  readonly config: Config;
  readonly catalogue: Catalogue;
  /** The towers that serve, with the graph in them or without. */
  readonly towers: TwoTowerOutput & { readonly graph: boolean };
}

/** The words as an item would be: its text, and the item that it takes after where it has nothing of its own. */
interface Query {
  readonly vector: Matrix;
  /** The nearest item by text: of its type, and with its neighbours and statistics. */
  readonly model: number;
  readonly type: number;
}

/**
 * Finds items by words; scores are cosines. In "text" the words are compared as they are. In "hgnn" they are a new item
 * beside the one whose text is nearest: of its type and with its neighbours in the graph, by which the graph network
 * embeds them (inductively); in "towers" they go from there through the item tower, with that item's statistics and
 * categories. Words that are the text of an item are therefore that item, in each space.
 *
 * What a search needs is opened by the first one.
 */
export function searcher(
  searched: Searched,
): (
  query: string,
  options: SearchOptions & { readonly range: readonly [number, number] },
) => Promise<Found[]> {
  const { run, config, catalogue, towers } = searched;
  const encoder = once(() => makeEncoder(config.text, config.folder)); // its threads keep no process alive
  const messages = once(() => servingMessages(searched));
  const facts = once(async () =>
    servingFacts(await run.output(eventsStage), towerSlice(config), await towers.columns()),
  );
  const shared = once(async () => directions(towers.items));

  return async (query, { k, space = 'text', range }) => {
    const words = cleanText(query);
    require(words !== '', 'ERR_CONFIG', 'search: want some words to look for');
    require(space !== 'hgnn' || towers.graph, 'ERR_CONFIG', () =>
      `${run.workdir} was run without the graph (system 2t-hgnn): search it with --space towers or text`);
    const text = await run.output(textStage);
    const vector = await vectorOf(words, await encoder(), text, run.workdir);
    const nearest = async (to: Matrix, items: Rows, count: number): Promise<Found[]> => {
      const { rows, scores } = await topK(to, items, { k: count, range });
      return Array.from(rows, (item, i) => ({ item, score: scores[i]! })).filter(
        ({ item }) => item !== NO_ROW,
      );
    };
    if (space === 'text') return nearest(vector, text, k);
    const [first] = await nearest(vector, text, 1);
    if (first === undefined) return [];
    const as = { vector, model: first.item, type: catalogue.typeOf(first.item) };
    const embedding = towers.graph ? await inductive(searched, await messages(), text, as) : null;
    return space === 'hgnn'
      ? nearest(embedding!, await (await run.output(embeddingsStage)).at('serving'), k)
      : nearest(await throughTower(searched, await facts(), as, embedding), await shared(), k);
  };
}

async function vectorOf(
  words: string,
  encoder: TextEncoder,
  { cols }: Rows,
  workdir: string,
): Promise<Matrix> {
  const vector = await (encoder.encodeQueries ?? encoder.encode)([words]);
  require(vector.cols === cols, 'ERR_CONFIG', () =>
    `${workdir}: the text encoder gives ${vector.cols} dimensions now, the run has ${cols}: run it again`);
  require(vector.data.some((value) => value !== 0), 'ERR_CONFIG', () =>
    `the text encoder ${encoder.name} knows none of "${words}"; try other words`);
  return vector;
}

/** The graph that messages go along, as serving knows it. */
async function servingMessages({ run, config }: Searched): Promise<ItemGraph> {
  const { known, cut } = timeline(await run.output(eventsStage), timelineConfig(config));
  const { pruned } = await graphAt(cut, known, config.graph, {});
  const { walks, textNeighbours } = config.hgnn;
  return messageGraph(pruned, await run.output(textStage), { walks, textNeighbours, seed: config.seed });
}

/** The query's embedding: a new node with the neighbours of the item that it takes after. */
async function inductive(
  { run }: Searched,
  messages: ItemGraph,
  text: Rows,
  { vector, model, type }: Query,
): Promise<Matrix> {
  const { sources, scores } = edgesInto(messages, [model]);
  const embeddings = await embedNew(await run.output(hgnnStage), messages, text, {
    types: [type],
    features: vector,
    edges: {
      sources: Uint32Array.from(sources),
      destinations: new Uint32Array(sources.length),
      scores: Float32Array.from(scores),
    },
  });
  const rotation = await (await run.output(embeddingsStage)).rotation();
  return rotation === null ? embeddings : rotated(embeddings, rotation);
}

/** The query's output of the item tower. */
async function throughTower(
  { catalogue, towers }: Searched,
  { statistics, itemFeatures }: ReturnType<typeof servingFacts>,
  query: Query,
  embeddings: Matrix | null,
): Promise<Matrix> {
  const ofModel = (rows: Matrix) => matrix(1, rows.cols, rowReader(rows)(query.model).slice());
  const types = catalogue.types.length;
  const model = await towers.model();
  const inputs = new MomentInputs(
    {
      catalogue: {
        size: 1,
        types: catalogue.types,
        typeOffsets: Uint32Array.from({ length: types + 1 }, (_, t) => (t > query.type ? 1 : 0)),
      },
      histories: {
        users: 0,
        offsets: new BigUint64Array(1),
        item: new Uint32Array(0),
        kind: new Uint8Array(0),
        time: new Float64Array(0),
      },
      text: query.vector,
      itemFeatures: ofModel(itemFeatures),
      userFeatures: matrix(0, 0),
      profile: { windowDays: null, vectors: ['text'], means: 'one', halfLifeDays: null, kindWeights: [] },
    },
    { cut: 0, embeddings, statistics: ofModel(statistics) },
  );
  try {
    const input = inputs.items(Uint32Array.of(0));
    const output = model.items(input);
    const row = matrix(1, output.shape[1], Float32Array.from(output.dataSync()));
    input.dispose();
    output.dispose();
    return row;
  } finally {
    inputs.dispose();
    model.dispose();
  }
}
