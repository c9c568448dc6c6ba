/**
 * The items that can be recommended. Rows are sorted by (type, id), so a type is a range of rows and an item
 * has one number everywhere.
 */
export interface Catalogue {
  readonly size: number;
  /** External id of each row. */
  readonly ids: readonly string[];
  /** Names of the item types, sorted. */
  readonly types: readonly string[];
  /** Type t is the rows typeOffsets[t] .. typeOffsets[t + 1]); length types + 1. */
  readonly typeOffsets: Uint32Array;
  /** Title of each row, null where the source has none. */
  readonly titles: readonly (string | null)[];
  /** Longer text of each row, null where the source has none. */
  readonly descriptions: readonly (string | null)[];
  /** Categorical columns (language, genre, ...) by name. */
  readonly categories: Readonly<Record<string, readonly (string | null)[]>>;
  /** Row of an external id, or undefined. Ids are unique across types. */
  rowOf(id: string): number | undefined;
  /** Index of a row's type. */
  typeOf(row: number): number;
}

/** The users, rows sorted by id. */
export interface Users {
  readonly size: number;
  readonly ids: readonly string[];
  readonly categories: Readonly<Record<string, readonly (string | null)[]>>;
  readonly numbers: Readonly<Record<string, Float32Array>>;
  rowOf(id: string): number | undefined;
}

/** How strongly an event kind speaks: strong kinds make edges and positives, weak kinds only histories. */
export interface EventKind {
  readonly name: string;
  readonly strong: boolean;
}

/** Events in columns, sorted by (user, time, item, kind). */
export interface EventLog {
  readonly length: number;
  readonly user: Uint32Array;
  readonly item: Uint32Array;
  /** Index into kinds. */
  readonly kind: Uint8Array;
  /** Seconds since 1970-01-01 UTC. */
  readonly time: Float64Array;
  readonly kinds: readonly EventKind[];
}

/** Per-user rows of a log in time order: user u has positions offsets[u] .. offsets[u + 1]) of the other arrays. */
export interface Histories {
  readonly users: number;
  readonly offsets: BigUint64Array;
  readonly item: Uint32Array;
  readonly kind: Uint8Array;
  readonly time: Float64Array;
}

/** Rows of a side table: read, kept, and left out by reason. */
export interface TableReport {
  readonly rows: number;
  readonly kept: number;
  readonly dropped: Readonly<Record<string, number>>;
}

/** What was read and what was left out, by reason; nothing is dropped in silence. */
export interface IngestReport {
  readonly rows: number;
  readonly kept: number;
  /** e.g. { 'null user': 3, 'bad timestamp': 1, 'unknown item': 12, 'duplicate': 40 } */
  readonly dropped: Readonly<Record<string, number>>;
  readonly items: TableReport;
  /** Null where the source has no user table. */
  readonly users: TableReport | null;
  readonly firstTime: number | null;
  readonly lastTime: number | null;
}

export interface Dataset {
  readonly catalogue: Catalogue;
  readonly users: Users;
  readonly log: EventLog;
  /** The held-out events of a source that comes with a test file; they are in no other field. */
  readonly test?: EventLog;
  readonly report: IngestReport;
}
