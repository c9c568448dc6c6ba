import { loadDataset, readDataset, saveDataset, sourceFiles } from '../../events/index.js';
import type { Config } from '../config/index.js';
import { defineStage } from '../stage.js';

/** Events, items and users from their tables into dense columns; what was left out is in the manifest's counts. */
export const eventsStage = defineStage({
  name: 'events',
  version: '1',
  needs: {},
  slice: ({ events, items, users, folder }: Config) => ({ events, items, users, folder }),
  identity: ({ events, items, users }) => ({ events, items, users }),
  external: async (slice, sources) =>
    Promise.all((await sourceFiles(slice, slice.folder)).map((file) => sources.hash(file))),
  async run(context) {
    const { folder, ...source } = context.config;
    const dataset = await readDataset(source, {
      folder,
      signal: context.signal,
      onProgress: context.onProgress,
    });
    const { report } = dataset;
    context.count({
      users: dataset.users.size,
      items: dataset.catalogue.size,
      events: dataset.log.length,
      ...Object.fromEntries(Object.entries(report.dropped).map(([why, n]) => [`events left out: ${why}`, n])),
      ...Object.fromEntries(
        Object.entries(report.items.dropped).map(([why, n]) => [`items left out: ${why}`, n]),
      ),
    });
    for (const [what, table] of [
      ['events', report],
      ['items', report.items],
    ] as const) {
      for (const [why, n] of Object.entries(table.dropped)) context.log(`${n} ${what} left out: ${why}`);
    }
    await saveDataset(context.folder, dataset);
  },
  load: ({ folder }) => loadDataset(folder),
});
