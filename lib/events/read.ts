import { resolve } from 'node:path';
import { CohearError, require } from '../errors/index.js';
import type { LongWork } from '../progress/index.js';
import { type DataSource, parseSource } from './config.js';
import { Database } from './database.js';
import { nonZero, readCatalogue, stageItems, stageItemsOfEvents } from './items.js';
import { kindsOf, openEvents, readLog, stageEvents } from './log.js';
import { readUsers, stageUsers } from './people.js';
import type { Dataset, EventLog } from './types.js';

export interface ReadOptions extends LongWork {
  /** Folder that relative files of the source are in. Default: the current one. */
  readonly folder?: string;
  /** Threads of the SQL engine. Default: one per processor. Results do not depend on it. */
  readonly threads?: number;
  /** Memory of the SQL engine, e.g. "4GB"; beyond it sorts and joins go to the temporary folder. */
  readonly memoryLimit?: string;
}

/**
 * Reads events, items and users: dense ids, sorted columns, every dropped row counted by reason in `report`.
 * Joins and sorts run in DuckDB, which goes to disk where memory is short; this process holds only the
 * columns that it returns (17 bytes an event).
 * @throws CohearError ERR_CONFIG (a wrong source; a missing column is named with those that exist), ERR_IO
 *   (no such file), ERR_FORMAT (unreadable content), ERR_VALUE (no event or no item is left), ERR_CANCELLED
 */
export async function readDataset(source: DataSource, options: ReadOptions = {}): Promise<Dataset> {
  const { events, items, users } = parseSource(source);
  const folder = resolve(options.folder ?? '.');
  const { threads, memoryLimit, signal } = options;
  const database = await Database.open({ folder, threads, memoryLimit, signal });
  try {
    await openEvents(database, events, folder, items === undefined);
    const itemReport = items ? await stageItems(database, items, folder) : await stageItemsOfEvents(database);
    if (items) requireRows('items', itemReport.kept, itemReport.rows, itemReport.dropped);
    const { rows, dropped } = await stageEvents(database);
    const kept = rows - Object.values(dropped).reduce((a, b) => a + b, 0);
    requireRows('events', kept, rows, dropped);
    const userReport = await stageUsers(database, users, folder);
    const kinds = kindsOf(events);
    const { log, duplicates } = await readLog(database, kinds, false, options);
    require(log.length >
      0, 'ERR_VALUE', 'events: every event is of the test file; there is nothing to learn from');
    const test = events.test === undefined ? undefined : await readLog(database, kinds, true, options);
    const twice = duplicates + (test?.duplicates ?? 0);
    return {
      catalogue: await readCatalogue(database, items?.columns.categories ?? []),
      users: await readUsers(database, users),
      log,
      ...(test && { test: test.log }),
      report: {
        rows,
        kept: kept - twice,
        dropped: { ...dropped, ...nonZero({ duplicate: twice }) },
        items: itemReport,
        users: userReport,
        ...timeRange(log),
      },
    };
  } catch (error) {
    if (options.signal?.aborted && !(error instanceof CohearError))
      throw new CohearError('ERR_CANCELLED', 'reading the data was stopped', { cause: error });
    throw error;
  } finally {
    database.close();
  }
}

function requireRows(
  label: string,
  kept: number,
  rows: number,
  dropped: Readonly<Record<string, number>>,
): void {
  require(kept > 0, 'ERR_VALUE', () => {
    const reasons = Object.entries(dropped).map(([reason, count]) => `${count} ${reason}`);
    return `${label}: ${rows === 0 ? 'the source is empty' : `none of its ${rows} rows can be used: ${reasons.join(', ')}`}`;
  });
}

function timeRange({ time, length }: EventLog): { firstTime: number; lastTime: number } {
  let [firstTime, lastTime] = [time[0]!, time[0]!];
  for (let i = 1; i < length; i++) {
    firstTime = Math.min(firstTime, time[i]!);
    lastTime = Math.max(lastTime, time[i]!);
  }
  return { firstTime, lastTime };
}
