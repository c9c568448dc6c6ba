export type { Catalogue, Dataset, EventKind, EventLog, Histories, IngestReport, Users } from './types.js';
