import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Matrix, RowTable, writeSafetensors } from '../../artifacts/index.js';
import { require } from '../../errors/index.js';
import { compatibility } from '../../evaluation/index.js';
import type { Catalogue } from '../../events/index.js';
import { embedCatalogue, messageGraph, procrustes, rotated } from '../../hgnn/index.js';
import type { Config } from '../config/index.js';
import { commonRows, earlierStage } from '../earlier.js';
import { EVIDENCE, graphEvidence } from '../evidence.js';
import { readManifest } from '../manifest.js';
import { openStoredRun } from '../read.js';
import { timeline, timelineConfig } from '../timeline.js';
import { readMatrix, writeMatrices } from './arrays.js';
import { eventsStage } from './events.js';
import { graphAt } from './graph.js';
import { hgnnStage } from './hgnn.js';
import { defineTensorStage } from './tensors.js';
import { textStage } from './text.js';

/**
 * HGNN embeddings of the whole catalogue at every snapshot and at the serving cut, each from the graph that was
 * known then: a graph that held a positive's own edges would give the answer away.
 */
export const embeddingsStage = defineTensorStage({
  name: 'embeddings',
  version: '3',
  needs: { events: eventsStage, text: textStage, hgnn: hgnnStage },
  seeded: true,
  slice: (config: Config) => ({
    graph: config.graph,
    align: config.hgnn.align,
    messages: { walks: config.hgnn.walks, textNeighbours: config.hgnn.textNeighbours },
    ...timelineConfig(config),
  }),
  identity: ({ align: _, ...rest }) => rest,
  external: async ({ align }, sources) => {
    if (align === null) return null;
    const { sha256 } = await sources.hash(join(await earlierStage(align, 'embeddings'), fileOf('serving')));
    return { embeddings: sha256, events: (await readManifest(align)).stages.events!.content };
  },
  async run(context) {
    const features = await context.inputs.text();
    const model = await context.inputs.hgnn();
    const { known: dataset, cut, snapshots } = timeline(await context.inputs.events(), context.config);
    // The serving cut first: where embeddings are aligned, its own say how.
    const moments = [['serving', cut] as const, ...snapshots.map((s, k) => [k, s.cut] as const)];
    const evidence = {};
    let rotation: Matrix | null = null;
    for (const [index, [name, moment]] of moments.entries()) {
      context.check();
      context.onProgress?.({ task: 'embeddings', done: index, total: moments.length, unit: 'moments' });
      const graph = await graphAt(moment, dataset, context.config.graph, { signal: context.signal });
      graphEvidence(evidence, index, moment, graph);
      const options = { ...context.config.messages, seed: context.seed };
      const messages = await messageGraph(graph.pruned, features, options, { signal: context.signal });
      let embeddings = await embedCatalogue(model, messages, features, { signal: context.signal });
      messages.close();
      graph.close();
      if (name === 'serving' && context.config.align !== null) {
        const found = await alignment(context.config.align, embeddings, dataset.catalogue);
        rotation = found.rotation;
        await writeMatrices(join(context.folder, ROTATION), { rotation });
        context.count(found.counts);
      }
      if (rotation !== null) embeddings = rotated(embeddings, rotation);
      await writeMatrices(join(context.folder, fileOf(name)), { embeddings });
    }
    await writeSafetensors(join(context.folder, EVIDENCE), evidence);
    context.onProgress?.({
      task: 'embeddings',
      done: moments.length,
      total: moments.length,
      unit: 'moments',
    });
    context.count({ moments: moments.length, items: features.rows });
  },
  load: async ({ folder }) => ({
    /** Embeddings at snapshot k, or at the serving cut, where they lie: there are too many moments to hold. */
    at: (moment: number | 'serving') => RowTable.open(join(folder, fileOf(moment)), 'embeddings'),
    /** What was done to what the network gives, [out, out]; null where nothing was. */
    rotation: async () =>
      existsSync(join(folder, ROTATION)) ? readMatrix(folder, ROTATION, 'rotation') : null,
  }),
});

const ROTATION = 'rotation.safetensors';
const fileOf = (moment: number | 'serving') => `embeddings-${moment}.safetensors`;

/** The rotation towards an earlier run's embeddings over the items of both, and how near they are before and after. */
async function alignment(workdir: string, embeddings: Matrix, catalogue: Catalogue) {
  const folder = await earlierStage(workdir, 'embeddings');
  const { catalogue: itsCatalogue } = await (await openStoredRun(workdir)).output(eventsStage);
  const earlier = await readMatrix(folder, fileOf('serving'), 'embeddings');
  require(earlier.cols === embeddings.cols, 'ERR_CONFIG', () =>
    `hgnn.align: the embeddings in ${workdir} are ${earlier.cols} wide, these ${embeddings.cols}`);
  const [own, theirs] = commonRows([embeddings, earlier], [catalogue, itsCatalogue]);
  require(own.rows >= 2, 'ERR_CONFIG', () => `hgnn.align: ${workdir} has no items in common with this run`);
  const rotation = procrustes(own, theirs);
  const before = await compatibility(own, theirs);
  const after = await compatibility(rotated(own, rotation), theirs);
  const short = (value: number) => Number(value.toFixed(4));
  const counts = {
    'items in both': own.rows,
    'cosine before': short(before.cosine),
    'cosine aligned': short(after.cosine),
    'neighbours kept': short(after.overlap),
  };
  return { rotation, counts };
}
