export { type CatalogueColumns, makeCatalogue, makeUsers, type UserColumns } from './catalogue.js';
export {
  type DataSource,
  type EventTable,
  eventsSchema,
  eventTableSchema,
  type ItemTable,
  itemTableSchema,
  type UserTable,
  userTableSchema,
} from './config.js';
export { type HistoriesOptions, histories } from './histories.js';
export { type ReadOptions, readDataset } from './read.js';
export { loadDataset, saveDataset } from './save.js';
export { sourceFiles } from './source-files.js';
export { type Cut, type SplitTimes, splitTimes } from './split.js';
export type {
  Catalogue,
  Dataset,
  EventKind,
  EventLog,
  Histories,
  IngestReport,
  TableReport,
  Users,
} from './types.js';
