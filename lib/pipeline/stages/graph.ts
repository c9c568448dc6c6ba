import { join } from 'node:path';
import { require } from '../../errors/index.js';
import { type Catalogue, type Dataset, histories } from '../../events/index.js';
import { buildItemGraph, ItemGraph, prune, withoutRelations } from '../../graph/index.js';
import type { LongWork } from '../../progress/index.js';
import type { Config } from '../config/index.js';
import { defineStage } from '../stage.js';
import { timeline, timelineConfig } from '../timeline.js';
import { eventsStage } from './events.js';

/** The item graph of the strong events before a cut: whole, and with each item's strongest neighbours. */
export interface CutGraph {
  readonly full: ItemGraph;
  readonly pruned: ItemGraph;
  close(): void;
}

/** Builds the graph that was known at `cut`; no event at or after it is read. */
export async function graphAt(
  cut: number,
  { catalogue, users, log }: Dataset,
  config: Config['graph'],
  { signal, onProgress }: LongWork,
): Promise<CutGraph> {
  const whole = await buildItemGraph(
    histories(log, users.size, { before: cut, strongOnly: true }),
    catalogue,
    {
      maxHistory: config.maxHistory ?? 0,
      minCount: config.minCount,
      signal,
      onProgress,
    },
  );
  const full = withoutPairs(whole, catalogue, config.without);
  const pruned = await prune(full, { score: config.score, damping: config.damping, topK: config.topK ?? 0 });
  return cutGraph(full, pruned);
}

/** A graph without the edges between pairs of types, which takes the place of the whole one. */
export function withoutPairs(
  whole: ItemGraph,
  { types }: Catalogue,
  without: Config['graph']['without'],
): ItemGraph {
  if (without.length === 0) return whole;
  const index = (name: string) => {
    require(types.includes(name), 'ERR_CONFIG', () =>
      `graph.without: no items of type "${name}"; the types are ${types.join(', ')}`);
    return types.indexOf(name);
  };
  try {
    return withoutRelations(
      whole,
      without.map(([a, b]) => [index(a), index(b)] as const),
    );
  } finally {
    whole.close();
  }
}

const cutGraph = (full: ItemGraph, pruned: ItemGraph): CutGraph => ({
  full,
  pruned,
  close() {
    full.close();
    pruned.close();
  },
});

/** The graph that serving knows. */
export const graphStage = defineStage({
  name: 'graph',
  version: '1',
  needs: { events: eventsStage },
  slice: (config: Config) => ({ graph: config.graph, ...timelineConfig(config) }),
  identity: ({ graph, split, window }) => ({ graph, split, window }),
  async run(context) {
    const { known: dataset, cut } = timeline(await context.inputs.events(), context.config);
    const { full, pruned, close } = await graphAt(cut, dataset, context.config.graph, context);
    context.count({ items: dataset.catalogue.size, edges: full.edges, 'edges kept': pruned.edges });
    await full.save(join(context.folder, 'full.safetensors'));
    await pruned.save(join(context.folder, 'pruned.safetensors'));
    close();
  },
  load: async ({ folder }) =>
    cutGraph(
      await ItemGraph.open(join(folder, 'full.safetensors')),
      await ItemGraph.open(join(folder, 'pruned.safetensors')),
    ),
});
