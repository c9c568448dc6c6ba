import { join } from 'node:path';
import { readJson, readSafetensors, writeJson, writeSafetensors } from '../../artifacts/index.js';
import { require } from '../../errors/index.js';
import type { ItemGraph } from '../../graph/index.js';
import { Hgnn, type HgnnShape, messageGraph, trainHgnn } from '../../hgnn/index.js';
import type { Config } from '../config/index.js';
import { earlierModel, startIdentity } from '../earlier.js';
import { EVIDENCE, graphEvidence } from '../evidence.js';
import { timeline, timelineConfig } from '../timeline.js';
import { trainerCheckpoint } from './checkpoint.js';
import { eventsStage } from './events.js';
import { graphAt } from './graph.js';
import { defineTensorStage } from './tensors.js';
import { textStage } from './text.js';

const DAY = 86_400;

/**
 * The foundation layer, trained on one graph, by default that of the serving cut; the graphs of other moments are
 * embedded with it inductively.
 */
export const hgnnStage = defineTensorStage({
  name: 'hgnn',
  version: '2',
  needs: { events: eventsStage, text: textStage },
  seeded: true,
  slice: (config: Config) => ({ hgnn: config.hgnn, graph: config.graph, ...timelineConfig(config) }),
  // Trained at the serving cut it does not depend on where the snapshots lie.
  identity: ({ hgnn: { align: _, start: _start, ...hgnn }, graph, split, window, ...snapshots }) => ({
    hgnn,
    graph,
    split,
    window,
    ...(hgnn.trainedAt === 'first-snapshot' && snapshots),
  }),
  external: ({ hgnn }, sources) => startIdentity(hgnn.start, 'hgnn', sources),
  async run(context) {
    const { start, ...settings } = context.config.hgnn;
    const times = timeline(await context.inputs.events(), context.config);
    const { known: dataset } = times;
    const { types } = dataset.catalogue;
    const earlier = start && (await earlierModel<{ shape: HgnnShape }>(start, 'hgnn'));
    if (earlier !== null)
      require(earlier.model.shape.types.join() === types.join(), 'ERR_CONFIG', () =>
        `hgnn.start: the earlier run has the item types ${earlier.model.shape.types.join(', ')}, this one ${types.join(', ')}`);
    if (earlier !== null && !start!.train) {
      context.log(`taken as it is from ${start!.workdir}`);
      const sizes = Object.values(earlier.weights).map(({ data }) => data.length);
      context.count({ parameters: sizes.reduce((sum, size) => sum + size, 0) });
      await writeSafetensors(join(context.folder, 'weights.safetensors'), earlier.weights);
      await writeJson(join(context.folder, 'model.json'), earlier.model);
      return;
    }
    const features = await context.inputs.text();
    // Snapshots are planned only where they are asked for: data of one day has none.
    const trainedAt = settings.trainedAt === 'serving' ? times.cut : times.snapshots[0]!.cut;
    const moment = trainedAt - settings.ageDays * DAY;
    const graph = await graphAt(moment, dataset, context.config.graph, context);
    const options = { ...settings, seed: context.seed };
    const messages = (train: ItemGraph) => messageGraph(train, features, options, context);
    try {
      const { model, curve, bestEpoch } = await trainHgnn(
        { graph: graph.pruned, full: graph.full, features, types, messages, start: earlier?.weights },
        options,
        { ...context, checkpoint: trainerCheckpoint(context.checkpoint) },
      );
      context.count({
        parameters: model.parameters.count,
        epochs: curve.length,
        steps: curve.reduce((sum, { steps }) => sum + steps, 0),
        'best epoch': bestEpoch + 1,
        'validation accuracy': Number(curve[bestEpoch]?.validationAccuracy.toFixed(4)),
      });
      const evidence = {};
      graphEvidence(evidence, 0, moment, graph);
      await writeSafetensors(join(context.folder, EVIDENCE), evidence);
      await writeSafetensors(join(context.folder, 'weights.safetensors'), model.export());
      await writeJson(join(context.folder, 'model.json'), { shape: model.shape, bestEpoch, curve });
      model.dispose();
    } finally {
      graph.close();
    }
  },
  async load({ folder }) {
    const { shape } = await readJson<{ shape: HgnnShape }>(join(folder, 'model.json'));
    const model = new Hgnn(shape, 0);
    model.import((await readSafetensors(join(folder, 'weights.safetensors'))).tensors);
    return model;
  },
});
