import { join } from 'node:path';
import { embedCatalogue, messageGraph } from '../../hgnn/index.js';
import type { Config } from '../config/index.js';
import { defineStage } from '../stage.js';
import { timeline, timelineConfig } from '../timeline.js';
import { readMatrix, writeMatrices } from './arrays.js';
import { eventsStage } from './events.js';
import { graphAt } from './graph.js';
import { hgnnStage } from './hgnn.js';
import { textStage } from './text.js';

/**
 * HGNN embeddings of the whole catalogue at every snapshot and at the serving cut, each from the graph that was
 * known then: a graph that held a positive's own edges would give the answer away.
 */
export const embeddingsStage = defineStage({
  name: 'embeddings',
  version: '1',
  needs: { events: eventsStage, text: textStage, hgnn: hgnnStage },
  seeded: true,
  slice: (config: Config) => ({
    graph: config.graph,
    messages: { walks: config.hgnn.walks, textNeighbours: config.hgnn.textNeighbours },
    ...timelineConfig(config),
  }),
  async run(context) {
    const features = await context.inputs.text();
    const model = await context.inputs.hgnn();
    const { known: dataset, cut, snapshots } = timeline(await context.inputs.events(), context.config);
    const cuts = [...snapshots.map((s) => s.cut), cut];
    for (const [index, moment] of cuts.entries()) {
      context.check();
      context.onProgress?.({ task: 'embeddings', done: index, total: cuts.length, unit: 'moments' });
      const graph = await graphAt(moment, dataset, context.config.graph, { signal: context.signal });
      const options = { ...context.config.messages, seed: context.seed };
      const messages = await messageGraph(graph.pruned, features, options, { signal: context.signal });
      const embeddings = await embedCatalogue(model, messages, features, { signal: context.signal });
      messages.close();
      graph.close();
      await writeMatrices(join(context.folder, fileOf(index === snapshots.length ? 'serving' : index)), {
        embeddings,
      });
    }
    context.onProgress?.({ task: 'embeddings', done: cuts.length, total: cuts.length, unit: 'moments' });
    context.count({ moments: cuts.length, items: features.rows });
  },
  load: async ({ folder }) => ({
    /** Embeddings at snapshot k, or at the serving cut. */
    at: (moment: number | 'serving') => readMatrix(folder, fileOf(moment), 'embeddings'),
  }),
});

const fileOf = (moment: number | 'serving') => `embeddings-${moment}.safetensors`;
