import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DataSource } from './config.js';
import { Database, text } from './database.js';

/**
 * The local files that a source reads, absolute and sorted: what `file` names or its glob finds, and what is
 * quoted in `sql`, by name or glob. Files that do not exist are left out (reading says so, with more context).
 */
export async function sourceFiles(source: DataSource, folder: string): Promise<string[]> {
  const names: string[] = source.events.test === undefined ? [] : [source.events.test];
  for (const table of [source.events, source.items, source.users]) {
    if (table?.file !== undefined) names.push(table.file);
    if (table?.sql !== undefined)
      names.push(...[...table.sql.matchAll(/'((?:[^']|'')+)'/g)].map((m) => m[1]!.replaceAll("''", "'")));
  }
  const found = new Set<string>();
  const globs: string[] = [];
  for (const name of names) {
    const path = resolve(folder, name);
    if (existsSync(path)) {
      if (statSync(path).isFile()) found.add(path);
    } else if (/[*?[]/.test(name)) globs.push(path);
  }
  if (globs.length > 0) {
    const database = await Database.open({ folder });
    try {
      for (const glob of globs) {
        const rows = await database.rows(`SELECT file FROM glob(${text(glob)})`, 'glob');
        for (const [file] of rows) found.add(resolve(String(file)));
      }
    } finally {
      database.close();
    }
  }
  return [...found].sort();
}
