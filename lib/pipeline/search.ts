import { type Matrix, matrix, type Rows } from '../artifacts/index.js';
import { CohearError, require } from '../errors/index.js';
import type { Catalogue } from '../events/index.js';
import { ItemGraph } from '../graph/index.js';
import { embedCatalogue, rotated } from '../hgnn/index.js';
import { NO_ROW, topK } from '../retrieval/index.js';
import { cleanText, makeEncoder } from '../text/index.js';
import { MomentInputs } from '../two-tower/index.js';
import type { Config } from './config/index.js';
import { directions } from './directions.js';
import type { StoredRun } from './read.js';
import type { SearchOptions, SearchSpace } from './recommendations.js';
import { embeddingsStage } from './stages/embeddings.js';
import { hgnnStage } from './stages/hgnn.js';
import { textStage } from './stages/text.js';
import type { TwoTowerOutput } from './stages/two-tower.js';

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

/** What a search looks at: items, and the query as it would be if it were an item of each type. */
interface Space {
  readonly items: Rows;
  /** Row t is the query as an item of type t. */
  readonly queries: Matrix;
}

/**
 * Finds items by words. The words are read as the text of an item that nobody has touched: in "hgnn" they go through
 * the graph network without edges (inductively), in "towers" from there through the item tower, with the statistics
 * of an item without events; in "text" they are compared as they are. Scores are cosines. Where weights differ by
 * type (hgnn, towers) the items of each type are compared with the query as an item of that type.
 */
export async function search(
  searched: Searched,
  query: string,
  { k, space = 'text', range }: SearchOptions & { readonly range: readonly [number, number] },
): Promise<Found[]> {
  const { run, config, catalogue } = searched;
  const words = cleanText(query);
  require(words !== '', 'ERR_CONFIG', 'search: want some words to look for');
  const text = await run.output(textStage);
  const encoder = await makeEncoder(config.text, config.folder);
  let vector: Matrix;
  try {
    vector = await (encoder.encodeQueries ?? encoder.encode)([words]);
  } finally {
    await encoder.close?.();
  }
  require(vector.cols === text.cols, 'ERR_CONFIG', () =>
    `${run.workdir}: the text encoder gives ${vector.cols} dimensions now, the run has ${text.cols}: run it again`);
  require(vector.data.some((value) => value !== 0), 'ERR_CONFIG', () =>
    `the text encoder ${encoder.name} knows none of "${words}"; try other words`);
  const types = catalogue.types.length;
  const asItems = matrix(types, text.cols);
  for (let t = 0; t < types; t++) asItems.data.set(vector.data, t * text.cols);
  const { items, queries } = await spaceOf(searched, space, text, asItems);

  const found: Found[] = [];
  for (let t = 0; t < types; t++) {
    const [begin, end] = [catalogue.typeOffsets[t]!, catalogue.typeOffsets[t + 1]!];
    if (begin === end || begin < range[0] || end > range[1]) continue;
    const one = matrix(1, queries.cols, queries.data.slice(t * queries.cols, (t + 1) * queries.cols));
    const { rows, scores } = await topK(one, items, { k, range: [begin, end] });
    rows.forEach((item, i) => {
      if (item !== NO_ROW) found.push({ item, score: scores[i]! });
    });
  }
  return found.sort((a, b) => b.score - a.score || a.item - b.item).slice(0, k);
}

async function spaceOf(
  { run, towers, catalogue }: Searched,
  space: SearchSpace,
  text: Rows,
  asItems: Matrix,
): Promise<Space> {
  if (space === 'text') return { items: text, queries: asItems };
  if (space === 'hgnn' && !towers.graph)
    throw new CohearError(
      'ERR_CONFIG',
      `${run.workdir} was run without the graph (system 2t-hgnn): search it with --space towers or text`,
    );
  const embeddings = towers.graph ? await inductive(run, asItems) : null;
  if (space === 'hgnn')
    return { items: await (await run.output(embeddingsStage)).at('serving'), queries: embeddings! };

  const model = await towers.model();
  const { widths } = model;
  const types = catalogue.types.length;
  const inputs = new MomentInputs(
    {
      catalogue: {
        size: types,
        types: catalogue.types,
        typeOffsets: Uint32Array.from({ length: types + 1 }, (_, t) => t),
      },
      histories: {
        users: 0,
        offsets: new BigUint64Array(1),
        item: new Uint32Array(0),
        kind: new Uint8Array(0),
        time: new Float64Array(0),
      },
      text: asItems,
      itemFeatures: matrix(
        types,
        widths.item - asItems.cols - (embeddings?.cols ?? 0) - widths.statistics - types,
      ),
      userFeatures: matrix(0, 0),
      profile: { windowDays: null, vectors: ['text'], means: 'one', halfLifeDays: null, kindWeights: [] },
    },
    { cut: 0, embeddings, statistics: matrix(types, widths.statistics) },
  );
  try {
    const rows = Uint32Array.from({ length: types }, (_, t) => t);
    const input = inputs.items(rows);
    const output = model.items(input);
    const queries = matrix(types, output.shape[1], Float32Array.from(output.dataSync()));
    input.dispose();
    output.dispose();
    return { items: directions(towers.items), queries };
  } finally {
    inputs.dispose();
    model.dispose();
  }
}

/** Embeddings of texts as items without edges, row t as an item of type t. */
async function inductive(run: StoredRun, asItems: Matrix): Promise<Matrix> {
  const model = await run.output(hgnnStage);
  using graph = ItemGraph.from({
    typeOffsets: Uint32Array.from({ length: asItems.rows + 1 }, (_, t) => t),
    relations: [],
  });
  const rotation = await (await run.output(embeddingsStage)).rotation();
  const embeddings = await embedCatalogue(model, graph, asItems);
  return rotation === null ? embeddings : rotated(embeddings, rotation);
}
