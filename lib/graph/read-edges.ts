import { require } from '../errors/index.js';
import { Database } from '../events/database.js';
import { asText, type Column, openSource, resolveColumn } from '../events/source.js';
import { secondsSql } from '../events/time.js';
import type { Catalogue } from '../events/types.js';
import type { LongWork } from '../progress/index.js';
import type { EdgeList } from './edge-list.js';
import { graphFromEdges } from './from-edges.js';
import type { ItemGraph } from './item-graph.js';

/** A table of edges: a file (Parquet, CSV, JSONL, a glob) or SQL; columns by name, or as SQL expressions. */
export interface EdgeTable {
  readonly file?: string | undefined;
  readonly sql?: string | undefined;
  readonly columns: {
    /** Item ids. */
    readonly source: string;
    readonly destination: string;
    /** How many users share the two, a whole number. */
    readonly count?: string | undefined;
    /** Strength, 0 or more. */
    readonly score?: string | undefined;
    /** When the edge was last seen: a timestamp, or seconds since 1970. */
    readonly time?: string | undefined;
  };
}

export interface ReadEdgesOptions extends LongWork {
  /** Edges hold in the given direction only (default: both directions are made of each). */
  readonly directed?: boolean | undefined;
  /** Where relative file names are found (default: the working folder). */
  readonly folder?: string | undefined;
  readonly memoryLimit?: string | undefined;
}

/** What became of the rows of an edge table. */
export interface EdgeReport {
  readonly rows: number;
  /** Left out: an end or a value is null or no number, an end is no item of the catalogue, both ends are the same. */
  readonly dropped: Readonly<Record<'null' | 'unknown item' | 'loop', number>>;
}

/**
 * A graph of edges that were made elsewhere, read through DuckDB. Edges that are there more than once become one:
 * counts and scores are added, the latest time stays.
 * @throws CohearError ERR_CONFIG for columns or SQL that are wrong, ERR_IO, ERR_FORMAT, ERR_CANCELLED; ERR_VALUE for
 *   a negative count or score
 */
export async function readItemGraph(
  table: EdgeTable,
  catalogue: Pick<Catalogue, 'typeOffsets' | 'rowOf'>,
  options: ReadEdgesOptions = {},
): Promise<{ graph: ItemGraph; report: EdgeReport }> {
  require((table.file === undefined) !==
    (table.sql === undefined), 'ERR_CONFIG', 'edges: want either file or sql');
  const { folder = process.cwd(), memoryLimit, signal, directed = false } = options;
  const database = await Database.open({ folder, memoryLimit, signal });
  try {
    const source = await openSource(database, 'edges', table, folder);
    const select = async (field: string, wanted: string | undefined, sql: (column: Column) => string) =>
      wanted === undefined ? 'NULL' : sql(await resolveColumn(database, source, field, wanted));
    const { columns } = table;
    const number = ({ sql }: Column) => `TRY_CAST(${sql} AS DOUBLE)`;
    const query = `SELECT ${await select('source', columns.source, asText)},
      ${await select('destination', columns.destination, asText)}, ${await select('count', columns.count, number)},
      ${await select('score', columns.score, number)},
      ${await select('time', columns.time, (column) => secondsSql('edges.columns.time', column))} FROM ${source.view}`;
    const edges = new Growing(directed ? 1 : 2, columns);
    let rows = 0;
    const dropped = { null: 0, 'unknown item': 0, loop: 0 };
    for await (const chunk of database.chunks(query, 'edges')) {
      const [from, to, count, score, time] = [0, 1, 2, 3, 4].map((c) => chunk.getColumnValues(c)) as [
        (string | null)[],
        (string | null)[],
        (number | null)[],
        (number | null)[],
        (number | null)[],
      ];
      for (let i = 0; i < chunk.rowCount; i++, rows++) {
        const lacks =
          from[i] === null ||
          to[i] === null ||
          (columns.count !== undefined && count[i] === null) ||
          (columns.score !== undefined && !Number.isFinite(score[i] ?? Number.NaN)) ||
          (columns.time !== undefined && time[i] === null);
        const [s, d] = lacks ? [] : [catalogue.rowOf(from[i]!), catalogue.rowOf(to[i]!)];
        if (lacks) dropped.null++;
        else if (s === undefined || d === undefined) dropped['unknown item']++;
        else if (s === d) dropped.loop++;
        else edges.add(s, d, count[i] ?? 0, score[i] ?? 0, time[i] ?? 0);
      }
      options.onProgress?.({ task: 'edges', done: rows, unit: 'rows' });
    }
    return { graph: graphFromEdges(edges.list(), catalogue), report: { rows, dropped } };
  } finally {
    database.close();
  }
}

/** Edges as they come, in one or both directions. */
class Growing {
  private readonly sources: number[] = [];
  private readonly destinations: number[] = [];
  private readonly counts: number[] = [];
  private readonly scores: number[] = [];
  private readonly times: number[] = [];
  constructor(
    private readonly directions: number,
    private readonly columns: EdgeTable['columns'],
  ) {}

  add(source: number, destination: number, count: number, score: number, time: number): void {
    require(count >= 0 && count < 2 ** 32 && Number.isInteger(count), 'ERR_VALUE', () =>
      `edges: a count is ${count}, want a whole number of users`);
    require(score >= 0, 'ERR_VALUE', () => `edges: a score is ${score}, want 0 or more`);
    for (let i = 0; i < this.directions; i++) {
      this.sources.push(i === 0 ? source : destination);
      this.destinations.push(i === 0 ? destination : source);
      if (this.columns.count !== undefined) this.counts.push(count);
      if (this.columns.score !== undefined) this.scores.push(score);
      if (this.columns.time !== undefined) this.times.push(time);
    }
  }

  list(): EdgeList {
    const { columns } = this;
    return {
      sources: Uint32Array.from(this.sources),
      destinations: Uint32Array.from(this.destinations),
      counts: columns.count === undefined ? undefined : Uint32Array.from(this.counts),
      scores: columns.score === undefined ? undefined : Float32Array.from(this.scores),
      lastTimes: columns.time === undefined ? undefined : Float64Array.from(this.times),
    };
  }
}
