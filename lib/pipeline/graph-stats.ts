import { type GraphStats, graphStats, ItemGraph } from '../graph/index.js';
import { openStoredRun } from './read.js';
import { eventsStage } from './stages/events.js';
import { graphStage } from './stages/graph.js';

/** Statistics of graphs by name, and the names of their item types where a run knows them. */
export interface StoredGraphStats {
  readonly types?: readonly string[];
  readonly graphs: Readonly<Record<string, GraphStats>>;
}

/**
 * Statistics of the graphs of a finished run, or of one file.
 * @throws CohearError ERR_CONFIG or ERR_IO for a run that has none, ERR_FORMAT for a file that is no graph
 */
export async function storedGraphStats(
  from: { readonly workdir: string } | { readonly file: string },
): Promise<StoredGraphStats> {
  if ('file' in from) {
    using graph = await ItemGraph.open(from.file);
    return { graphs: { [from.file]: graphStats(graph) } };
  }
  const run = await openStoredRun(from.workdir);
  const { full, pruned } = await run.output(graphStage);
  const { catalogue } = await run.output(eventsStage);
  return { types: catalogue.types, graphs: { whole: graphStats(full), pruned: graphStats(pruned) } };
}
