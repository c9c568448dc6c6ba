import { join } from 'node:path';
import { type Matrix, matrix, row, writeJson, writeSafetensors } from '../../artifacts/index.js';
import { histories } from '../../events/index.js';
import { userItemGraph } from '../../graph/index.js';
import { embedCatalogue, RowSpan, trainHgnn } from '../../hgnn/index.js';
import { tableFeatures } from '../../two-tower/index.js';
import type { Config } from '../config/index.js';
import { EVIDENCE, userEdgeEvidence } from '../evidence.js';
import { timeline, timelineConfig } from '../timeline.js';
import { readMatrix, writeMatrices } from './arrays.js';
import { trainerCheckpoint } from './checkpoint.js';
import { eventsStage } from './events.js';
import { defineTensorStage } from './tensors.js';
import { textStage } from './text.js';

/** What the type of the users is called; no item type can be. */
const USERS = '(users)';

/** What needs the scores of edges or the texts of nodes is left out: this graph has neither. */
const PLAIN = {
  aggregator: 'max',
  walks: null,
  textNeighbours: null,
  linkWeights: 'equal',
  featureTask: 0,
} as const;

/**
 * The baseline HGNN-w-users of arXiv 2403.05185: the same network on the graph of who took what, users being nodes of
 * a type of their own. A user's input is a 1 and their features, an item's its text; links of users and items are the
 * supervision, as many of every type of item. A user's score of an item is the dot product of their embeddings; a
 * user whom the graph does not know has what their features give.
 */
export const hgnnUsersStage = defineTensorStage({
  name: 'hgnn-users',
  version: '2',
  needs: { events: eventsStage, text: textStage },
  seeded: true,
  slice: (config: Config) => ({ hgnn: config.hgnn, ...timelineConfig(config) }),
  identity: ({
    hgnn: { trainedAt: _, ageDays: _days, start: _start, align: _align, ...hgnn },
    split,
    window,
  }) => ({
    hgnn: { ...hgnn, ...PLAIN },
    split,
    window,
  }),
  async run(context) {
    const { known, cut } = timeline(await context.inputs.events(), context.config);
    const { catalogue, users, log } = known;
    const text = await context.inputs.text();
    const features = [
      ...catalogue.types.map((_, t) =>
        RowSpan.range(text, catalogue.typeOffsets[t]!, catalogue.typeOffsets[t + 1]!),
      ),
      withOne(tableFeatures(users.size, users.categories, users.numbers)),
    ];
    using graph = userItemGraph(histories(log, users.size, { strongOnly: true }), catalogue);
    await writeSafetensors(join(context.folder, EVIDENCE), userEdgeEvidence(graph, catalogue.size, cut));
    const { model, curve, bestEpoch } = await trainHgnn(
      { graph, full: graph, features, types: [...catalogue.types, USERS] },
      { ...context.config.hgnn, ...PLAIN, seed: context.seed },
      { ...context, name: 'hgnn-w-users', checkpoint: trainerCheckpoint(context.checkpoint) },
    );
    context.count({
      parameters: model.parameters.count,
      edges: graph.edges,
      epochs: curve.length,
      steps: curve.reduce((sum, { steps }) => sum + steps, 0),
      'best epoch': bestEpoch + 1,
      'validation accuracy': Number(curve[bestEpoch]?.validationAccuracy.toFixed(4)),
    });
    const z = await embedCatalogue(model, graph, features, context);
    await writeMatrices(join(context.folder, 'vectors.safetensors'), {
      users: part(z, catalogue.size, z.rows),
      items: part(z, 0, catalogue.size),
    });
    await writeSafetensors(join(context.folder, 'weights.safetensors'), model.export());
    await writeJson(join(context.folder, 'model.json'), { shape: model.shape, bestEpoch, curve });
    model.dispose();
  },
  load: async ({ folder }) => ({
    users: await readMatrix(folder, 'vectors.safetensors', 'users'),
    items: await readMatrix(folder, 'vectors.safetensors', 'items'),
  }),
});

/** Rows [begin, end), a view. */
const part = ({ data, cols }: Matrix, begin: number, end: number): Matrix =>
  matrix(end - begin, cols, data.subarray(begin * cols, end * cols));

/** The rows with a 1 before them, so that a user without features is not nothing. */
function withOne(features: Matrix): Matrix {
  const out = matrix(features.rows, features.cols + 1);
  for (let r = 0; r < out.rows; r++) {
    out.data[r * out.cols] = 1;
    out.data.set(row(features, r), r * out.cols + 1);
  }
  return out;
}
